/** The tags of an XML text that were never closed; `left` is empty where it is well-formed as far as tags go. */
export function tagsOf(xml: string): { readonly left: readonly string[] } {
  const open: string[] = [];
  const body = xml.replace(/<style>[^<]*<\/style>/g, "");
  for (const [tag, close, name = "", self] of body.matchAll(/<(\/?)([a-z]+)(?:\s+[a-zA-Z:-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (close === "/" && open.pop() !== name) return { left: [...open, `wrong ${tag}`] };
    if (close === "" && self === "") open.push(name);
  }
  const rest = body.replace(/<(\/?)([a-z]+)(?:\s+[a-zA-Z:-]+="[^"<]*")*\s*(\/?)>/g, "");
  return { left: /[<>]|&(?!(?:amp|lt|gt|quot|#39);)/.test(rest) ? [...open, "stray markup"] : open };
}
