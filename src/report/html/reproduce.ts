import type { Result } from "../../measure/result.ts";
import { reproduceCommand, topologyFileName } from "./command.ts";
import { html, type Markup } from "./markup.ts";

/** The command and the file, both to be copied. */
export function reproduce(result: Result): Markup {
  const { topology, versions, simulated, complete } = result;
  const against = result.arms.some(({ settings }) => settings.some(({ parameter }) => parameter === "file"));
  return html`<p>With corebed ${versions.corebed}${!simulated && html` on ${result.host.hostname} or a host like it`}, and the file below as <code>${topologyFileName(result)}</code>:</p>
<pre class="wrap" data-copy="the command" tabindex="0" role="region" aria-label="Command">${reproduceCommand(result)}</pre>
${against && html`<p>The other file that it was compared with is not in the result.</p>`}
${!complete && html`<p>It did not run to its end, so this measures more than there is here.</p>`}
<pre data-copy="the file" tabindex="0" role="region" aria-label="Topology file">${topology.text}</pre>
<p class="muted">SHA-256 of the file: <code>${topology.sha256}</code></p>
`;
}
