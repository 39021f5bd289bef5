import type { Column } from "../table.ts";
import { html, type Markup } from "./markup.ts";

export interface TableParts {
  /** What the table is, for those who hear it. */
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | Markup)[])[];
}

/** From here on a cell gets room of its own and is not squeezed to a word a line. */
const LONG = 40;
/** The same for the names of rows, which may break sooner. */
const LONG_NAME = 24;

/** A table whose first cells name the rows; it scrolls by itself where the page is too narrow. */
export function dataTable({ label, columns, rows }: TableParts): Markup {
  const heads = columns.map(
    ({ header, align }) => html`<th scope="col"${align === "right" && html` class="right"`}>${unbroken(header)}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr>${row.map((cell, index) =>
        index === 0
          ? html`<th scope="row"${nameClass(cell)}>${cell}</th>`
          : html`<td${classOf(cell, columns[index])}>${cell}</td>`,
      )}</tr>\n`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table>
<thead><tr>${heads}</tr></thead>
<tbody>
${body}</tbody>
</table></div>
`;
}

/** With the unit on the line of what it belongs to. */
function unbroken(header: string): string {
  return header.replace(/ (%|us|Mpps)$/, "\u00a0$1");
}

function nameClass(cell: string | Markup): Markup | false {
  return typeof cell === "string" && cell.length > LONG_NAME && html` class="long"`;
}

function classOf(cell: string | Markup, column: Column | undefined): Markup | false {
  if (column?.align === "right") return html` class="right"`;
  return typeof cell === "string" && cell.length > LONG && html` class="long"`;
}
