import { cpuWords, isSameCpu, type OnCpu } from "../../measure/on-cpu.ts";
import { formatPercent } from "../../measure/quantity.ts";
import type { Arm } from "../../measure/result.ts";
import { median } from "../../measure/summary.ts";
import { SWITCH_OWNER } from "../../topology/topology.ts";
import { html, type Markup, trusted } from "../html/markup.ts";
import { clean } from "../text.ts";

/** What a picture of CPUs is drawn from. */
export interface CoreMapParts {
  readonly title: string;
  /** Arms whose labs are laid out alike. */
  readonly arms: readonly Arm[];
  /** CPUs of the control threads, one for each host; none where the lab is not known. */
  readonly housekeeping: readonly OnCpu[];
  /** What an owner is, beside its name: 'pktgen'. */
  readonly kindOf: (owner: string) => string | undefined;
  readonly widthPx: number;
  readonly idPrefix: string;
}

interface Card extends OnCpu {
  readonly lines: readonly { readonly text: string; readonly busy: number | undefined }[];
}

const CARD = { widthPx: 164, gapPx: 10, headPx: 34, linePx: 38, padPx: 10 } as const;
const MOST_LETTERS = 22;

/** The CPUs of a lab as an SVG element: a card for each, with what polls on it and how busy that was. Colours are CSS variables of the page. */
export function coreMap(parts: CoreMapParts): Markup {
  const { widthPx, idPrefix, title } = parts;
  const cards = cardsOf(parts);
  const columns = Math.max(1, Math.floor((widthPx + CARD.gapPx) / (CARD.widthPx + CARD.gapPx)));
  const cardHeight = CARD.headPx + CARD.linePx * Math.max(1, ...cards.map(({ lines }) => lines.length)) + CARD.padPx;
  const rows = Math.ceil(cards.length / columns);
  const height = rows * (cardHeight + CARD.gapPx) - CARD.gapPx + 2;
  const drawn = cards.map((card, index) => {
    const x = (index % columns) * (CARD.widthPx + CARD.gapPx) + 1;
    const y = Math.floor(index / columns) * (cardHeight + CARD.gapPx) + 1;
    return drawCard(card, x, y, cardHeight);
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${height}" viewBox="0 0 ${widthPx} ${height}" role="img" aria-labelledby="${idPrefix}-title" aria-describedby="${idPrefix}-desc" font-family="system-ui, sans-serif">
<title id="${idPrefix}-title">${title}</title>
<desc id="${idPrefix}-desc">${cards.map(cardText).join("; ")}.</desc>
${drawn}</svg>`;
}

function cardText({ lines, ...cpu }: Card): string {
  const told = lines.map(({ text, busy }) => (busy === undefined ? text : `${text}, ${formatPercent(busy)} busy`));
  return `${cpuWords(cpu)}: ${told.join(", ")}`;
}

/** One card for each CPU that has something to do, the control threads' one too where nothing polls on it. */
function cardsOf({ arms, housekeeping, kindOf }: CoreMapParts): readonly Card[] {
  const owned = arms[0]?.cpus.owners ?? [];
  const control = { text: "control threads", busy: undefined };
  const cards = owned.map(({ owners, ...cpu }): Card => {
    const lines = owners.map((owner) => ({ text: ownerText(owner, kindOf(owner)), busy: busyOf(arms, owner, cpu) }));
    return { ...cpu, lines: housekeeping.some((other) => isSameCpu(other, cpu)) ? [...lines, control] : lines };
  });
  const extra = housekeeping
    .filter((cpu) => !owned.some((other) => isSameCpu(other, cpu)))
    .map((cpu): Card => ({ ...cpu, lines: [control] }));
  const hosts = [...new Set(owned.map(({ host }) => host))];
  const place = ({ host }: OnCpu): number => hosts.indexOf(host);
  return [...cards, ...extra].toSorted((a, b) => place(a) - place(b) || a.cpu - b.cpu);
}

function ownerText(owner: string, kind: string | undefined): string {
  if (owner === SWITCH_OWNER) return "switch, polling";
  return kind === undefined ? owner : `${owner} (${kind})`;
}

/** Median over the usable trials of the share of turns that had packets; undefined for images of the user's own. */
function busyOf(arms: readonly Arm[], owner: string, cpu: OnCpu): number | undefined {
  const trials = arms.flatMap((arm) => arm.trials).filter(({ usable }) => usable);
  const ratios =
    owner === SWITCH_OWNER
      ? trials.flatMap(({ pmds }) => pmds.filter((pmd) => isSameCpu(pmd, cpu)).map(({ busyRatio }) => busyRatio))
      : trials.flatMap(({ hygiene }) => hygiene.nfs.filter(({ nf }) => nf === owner).map(({ busyRatio }) => busyRatio));
  return ratios.length === 0 ? undefined : median(ratios);
}

function drawCard({ lines, ...cpu }: Card, x: number, y: number, height: number): Markup {
  const inner = CARD.widthPx - 2 * CARD.padPx;
  const drawn = lines.map(({ text, busy }, index) => {
    const top = CARD.headPx + index * CARD.linePx;
    const bar =
      busy === undefined
        ? ""
        : `<rect x="${CARD.padPx}" y="${top + 22}" width="${inner - 64}" height="6" rx="3" fill="var(--plot-grid)"/><rect x="${CARD.padPx}" y="${top + 22}" width="${round(busy * (inner - 64))}" height="6" rx="3" fill="var(--plot-1)"/>`;
    const share =
      busy === undefined
        ? ""
        : html`<text x="${CARD.widthPx - CARD.padPx}" y="${top + 29}" font-size="11" text-anchor="end" fill="var(--plot-muted)">${formatPercent(busy)}</text>`;
    return html`<text x="${CARD.padPx}" y="${top + 13}" font-size="13" fill="var(--plot-ink)">${shortened(text)}<title>${text}</title></text>${trusted(bar)}${share}\n`;
  });
  return html`<g transform="translate(${x},${y})"><rect width="${CARD.widthPx}" height="${height}" rx="6" fill="none" stroke="var(--plot-muted)"/>
<text x="${CARD.padPx}" y="22" font-size="13" font-weight="600" fill="var(--plot-ink)">${shortened(cpuWords(cpu))}</text>
${drawn}</g>
`;
}

function shortened(text: string): string {
  const letters = [...clean(text, { unicode: true })];
  return letters.length <= MOST_LETTERS ? letters.join("") : `${letters.slice(0, MOST_LETTERS - 1).join("")}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
