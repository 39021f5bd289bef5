import type { Problem, Reading } from "./reading.ts";
import { didYouMean } from "./suggest.ts";
import { CARRIERS, type Datapath, type Expectation, METRICS, type Metric, type Term } from "./topology.ts";
import { BIT_RATE, type Dimension, inUnit, LATENCY, meantUnit, RATE, SHARE, unitHelp, unitOf } from "./units.ts";
import { anyOf, quote } from "./wording.ts";

/** An expectation and where its datapaths stand in its text, for rules that look at the rest of the file. */
export interface PlacedExpectation {
  readonly expectation: Expectation;
  readonly datapaths: readonly { readonly datapath: Datapath | undefined; readonly at: Extent }[];
}

interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** How each metric is measured, and a limit to show in help texts. */
const MEASURES: Readonly<
  Record<Metric, { readonly dimension: Dimension; readonly base: string; readonly example: string }>
> = {
  throughput: { dimension: RATE, base: "pps", example: "1Mpps" },
  ndr: { dimension: RATE, base: "pps", example: "1Mpps" },
  pdr: { dimension: RATE, base: "pps", example: "1Mpps" },
  bandwidth: { dimension: BIT_RATE, base: "bps", example: "1Gbps" },
  loss: { dimension: SHARE, base: "%", example: "0.1%" },
  latency_p50: { dimension: LATENCY, base: "s", example: "50us" },
  latency_p99: { dimension: LATENCY, base: "s", example: "200us" },
};

const FORM = "throughput(vhost-user) >= 5 * throughput(docker-bridge), or loss < 0.1%";

/**
 * Reads `[number *] metric[(datapath)] relation ...`, with a number and its unit in place of either side:
 * `throughput(vhost-user) >= 5 * throughput(docker-bridge)`, `latency_p99 <= 200us`.
 */
export function readExpectation(value: unknown): Reading<PlacedExpectation> {
  if (typeof value !== "string") {
    return { ok: false, code: "wrong-type", problem: "must be text", help: `write a comparison: ${FORM}` };
  }
  if (value.length > 200)
    return { ok: false, code: "too-long", problem: "is longer than 200 characters", help: `write: ${FORM}` };
  const tokens = tokenise(value);
  if (!Array.isArray(tokens)) return { ok: false, ...tokens };
  return parse(value, tokens as readonly Token[]);
}

interface Token extends Extent {
  readonly kind: "number" | "word" | "symbol" | "relation" | "end";
  readonly text: string;
}

const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?)|(?<relation>>=|<=|==|!=|=>|=<|≥|≤|[<>=])|(?<word>[\p{L}_%][\p{L}\d_-]*)|(?<symbol>[()*/+]))/uy;

function tokenise(text: string): Token[] | Problem {
  const tokens: Token[] = [];
  const sticky = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (sticky.lastIndex < end) {
    const start = sticky.lastIndex;
    const groups = sticky.exec(text)?.groups;
    if (groups === undefined) {
      const offset = start + (text.slice(start).search(/\S/) ?? 0);
      const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
      return problem(
        { offset, length: character.length },
        `has ${quote(character)}, which means nothing here`,
        `write a comparison: ${FORM}`,
      );
    }
    const [kind, word] = Object.entries(groups).find(([, part]) => part !== undefined) as [Token["kind"], string];
    tokens.push({ kind, text: word, offset: sticky.lastIndex - word.length, length: word.length });
  }
  tokens.push({ kind: "end", text: "", offset: end, length: 0 });
  return tokens;
}

/** One side, with what is needed to check it against the other. */
interface Side {
  readonly term: Term;
  readonly extent: Extent;
  readonly unit: string | undefined;
  readonly datapathAt: Extent;
}

function parse(text: string, tokens: readonly Token[]): Reading<PlacedExpectation> {
  const cursor = new Cursor(tokens);
  const left = parseSide(cursor);
  if ("problem" in left) return { ok: false, ...left };
  const relation = parseRelation(cursor);
  if ("problem" in relation) return { ok: false, ...relation };
  const right = parseSide(cursor);
  if ("problem" in right) return { ok: false, ...right };
  const rest = cursor.next();
  if (rest.kind !== "end") return { ok: false, ...afterEnd(rest) };
  const sides = settleUnits(left, right);
  if ("problem" in sides) return { ok: false, ...sides };
  const datapaths = [left, right].flatMap(({ term, datapathAt }) =>
    term.kind === "metric" ? [{ datapath: term.datapath, at: datapathAt }] : [],
  );
  return { ok: true, value: { expectation: { text: text.trim(), ...sides, relation: relation.relation }, datapaths } };
}

class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  take(symbol: string): boolean {
    if (this.peek().text !== symbol) return false;
    this.#at += 1;
    return true;
  }
}

function parseSide(cursor: Cursor): Side | Problem {
  const first = cursor.peek();
  if (first.kind === "number") {
    cursor.next();
    if (cursor.take("*")) return parseMetric(cursor, Number(first.text));
    const unit = cursor.peek();
    const isUnit = unit.kind === "word" && !(METRICS as readonly string[]).includes(unit.text);
    if (isUnit) cursor.next();
    return {
      term: { kind: "number", value: Number(first.text) },
      extent: isUnit ? from(first, unit) : first,
      unit: isUnit ? unit.text : undefined,
      datapathAt: first,
    };
  }
  const metric = parseMetric(cursor, 1);
  if ("problem" in metric || metric.term.kind !== "metric" || !cursor.take("*")) return metric;
  const factor = cursor.next();
  if (factor.kind !== "number") return problem(factor, "needs a number beside the *", `write it like ${FORM}`);
  return { ...metric, term: { ...metric.term, factor: Number(factor.text) }, extent: from(metric.extent, factor) };
}

function parseMetric(cursor: Cursor, factor: number): Side | Problem {
  const word = cursor.next();
  if (word.kind === "number") return problem(word, "multiplies two numbers", "write the product, with its unit");
  if (word.kind === "end")
    return problem(word, "ends too early: a metric or a number with a unit is missing", `write it like ${FORM}`);
  const metric = METRICS.find((candidate) => candidate === word.text);
  if (metric === undefined) {
    if (word.kind !== "word")
      return problem(word, `has ${quote(word.text)} where a metric or a number should stand`, `write it like ${FORM}`);
    return problem(
      word,
      `has the metric ${quote(word.text)}, which corebed does not measure`,
      `${didYouMean(word.text, METRICS)}the metrics are ${anyOf(METRICS, "and")}`,
    );
  }
  const bare: Side = {
    term: { kind: "metric", factor, metric, datapath: undefined },
    extent: word,
    unit: undefined,
    datapathAt: word,
  };
  if (!cursor.take("(")) return bare;
  const name = cursor.next();
  const datapath = CARRIERS.find((candidate) => candidate === name.text);
  if (datapath === undefined) {
    return name.kind === "word"
      ? problem(
          name,
          `has the datapath ${quote(name.text)}, which corebed does not know`,
          `${didYouMean(name.text, CARRIERS)}the datapaths are ${anyOf(CARRIERS, "and")}`,
        )
      : problem(
          name,
          "has no datapath in the parentheses",
          `write ${metric}(vhost-user), or ${metric} alone for the datapath of the file`,
        );
  }
  const close = cursor.next();
  if (close.text !== ")")
    return problem(close, `has no closing parenthesis after ${datapath}`, `write ${metric}(${datapath})`);
  return { ...bare, term: { kind: "metric", factor, metric, datapath }, extent: from(word, close), datapathAt: name };
}

const RELATIONS = [">=", "<=", ">", "<"] as const;
const MISTAKEN: Readonly<Record<string, string>> = { "=>": ">=", "=<": "<=", "≥": ">=", "≤": "<=" };

function parseRelation(cursor: Cursor): { readonly relation: Expectation["relation"] } | Problem {
  const token = cursor.next();
  const relation = RELATIONS.find((candidate) => candidate === token.text);
  if (relation !== undefined) return { relation };
  if (token.text === "/" || token.text === "+" || /^-/.test(token.text)) {
    return problem(
      token,
      `computes with ${quote(token.text)}, which corebed does not`,
      "write one metric on each side: throughput(vhost-user) >= 5 * throughput(docker-bridge)",
    );
  }
  if (token.kind === "relation") {
    const meant = MISTAKEN[token.text];
    return meant === undefined
      ? problem(token, "asks for exact equality, which no measurement gives", "write >= or <=")
      : problem(token, `has ${quote(token.text)} for a comparison`, `write ${meant}`);
  }
  return problem(token, "has no comparison after its first part", "write >=, <=, > or < between the two parts");
}

function afterEnd(token: Token): Problem {
  if (token.kind === "relation")
    return problem(token, "compares more than two things", "write two lines, one for each comparison");
  if (/^(?:and|or)$/i.test(token.text))
    return problem(
      token,
      `joins comparisons with ${quote(token.text)}`,
      "write one line for each; all of them must hold",
    );
  return problem(token, `goes on with ${quote(token.text)} after its end`, `write one comparison: ${FORM}`);
}

/** Brings numbers into the base unit of the metric that they are compared with. */
function settleUnits(left: Side, right: Side): { readonly left: Term; readonly right: Term } | Problem {
  const metric =
    left.term.kind === "metric" ? left.term.metric : right.term.kind === "metric" ? right.term.metric : undefined;
  if (metric === undefined) {
    const all = from(left.extent, right.extent);
    return problem(all, "compares two numbers, and nothing that is measured", `write a metric on one side: ${FORM}`);
  }
  const settledLeft = inBase(left, metric);
  if ("problem" in settledLeft) return settledLeft;
  const settledRight = inBase(right, metric);
  if ("problem" in settledRight) return settledRight;
  return { left: settledLeft, right: settledRight };
}

function inBase(side: Side, metric: Metric): Term | Problem {
  const { term, unit } = side;
  const { dimension, base, example } = MEASURES[metric];
  if (term.kind === "metric") {
    if (MEASURES[term.metric].dimension === dimension) return term;
    return problem(
      side.extent,
      `compares ${metric} with ${term.metric}, which is another kind of thing`,
      `compare ${metric} with ${metric}, or with a number such as ${example}`,
    );
  }
  const units = Object.keys(dimension.units);
  if (unit === undefined) {
    if (term.value === 0) return term;
    return problem(
      side.extent,
      `compares ${metric} with ${term.value}, which has no unit`,
      unitHelp(term.value, units),
    );
  }
  const known = unitOf(unit, dimension);
  if (known === undefined) {
    const meant = meantUnit(unit, units);
    const list =
      units.length === 1 ? `the unit of ${metric} is ${units[0]}` : `the units of ${metric} are ${anyOf(units, "and")}`;
    const help = meant === undefined ? list : `write ${term.value}${meant}`;
    return problem(side.extent, `compares ${metric} with a number of ${quote(unit)}`, help);
  }
  const value = inUnit(term.value, known, dimension, base);
  return { kind: "number", value: dimension === SHARE ? Number((value / 100).toPrecision(14)) : value };
}

function from(first: Extent, last: Extent): Extent {
  return { offset: first.offset, length: last.offset + last.length - first.offset };
}

function problem(at: Extent, words: string, help: string): Problem {
  return { code: "bad-expectation", problem: words, help, at: { offset: at.offset, length: Math.max(1, at.length) } };
}
