import { h, s } from "./dom.js";
import { percent } from "./format.js";
import { APPS, STATES } from "./words.js";

/** The core map: each CPU, what polls on it and how busy that is. */
export function cpusSection({ cpus }) {
  if (cpus.length === 0) return [h("p", { class: "muted" }, "No lab polls on any CPU.")];
  return [
    h("ul", { class: "cards" }, cpus.map(cpuCard)),
    h(
      "p",
      { class: "muted" },
      "A CPU that polls is busy for the kernel, with or without packets; under it is the share of its polls' cycles that had packets.",
    ),
  ];
}

function cpuCard({ cpu, busy, steal, owners }) {
  const stolen = steal !== undefined && steal >= 0.01 ? `, ${percent(steal)} taken by the hypervisor` : "";
  return h(
    "li",
    { class: "card", "data-key": `cpu-${cpu}`, "data-cpu": cpu },
    h("h3", {}, `CPU ${cpu}`),
    h("p", { class: "muted" }, `${percent(busy)} busy${stolen}`),
    h("ul", {}, owners.map(ownerItem)),
  );
}

function ownerItem({ lab, name, app, state, busy }) {
  const say = state === "up" ? `${percent(busy)} of cycles with packets` : STATES[state];
  return h(
    "li",
    { class: "owner", "data-key": `${lab}/${name}`, "data-app": app, "data-state": state },
    h("strong", {}, name),
    `, ${APPS[app] ?? app} of ${lab}`,
    h("br"),
    h("span", { class: state === "silent" ? "bad" : "muted" }, say),
    share(state === "up" ? busy : undefined),
  );
}

function share(value = 0) {
  const width = Math.round(Math.min(1, value) * 100);
  return s(
    "svg",
    { class: "bar", viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { width, height: 1 }),
  );
}
