/**
 * Elements as values, and a page that is changed into what it should be. Nothing is ever written as HTML, so no name from a topology can become markup; and
 * what does not change is left alone, so focus, selection and opened details stay through an update each second.
 */

const SVG = "http://www.w3.org/2000/svg";
/** What the reader of the page has changed is theirs. */
const THEIRS = new Set(["open"]);

/** An element with attributes (undefined ones are left out) and children: elements, text, or lists of these. */
export function h(name, attributes = {}, ...children) {
  return build(document.createElement(name), attributes, children);
}

/** The same for the elements of a picture. */
export function s(name, attributes = {}, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children);
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Number.POSITIVE_INFINITY).filter((child) => child !== undefined));
  return element;
}

/** Makes the children of an element be like these. */
export function show(parent, ...children) {
  const wanted = document.createElement("div");
  wanted.append(...children.flat(Number.POSITIVE_INFINITY).filter((child) => child !== undefined));
  patchChildren(parent, [...wanted.childNodes]);
}

function patchChildren(parent, wanted) {
  const present = [...parent.childNodes];
  wanted.forEach((node, index) => {
    const old = present[index];
    if (old === undefined) parent.append(node);
    else if (isAlike(old, node)) patch(old, node);
    else old.replaceWith(node);
  });
  for (const old of present.slice(wanted.length)) old.remove();
}

/** `data-key` tells things apart that are listed: another lab is not the same lab with another name. */
function isAlike(old, node) {
  return old.nodeName === node.nodeName && old.dataset?.key === node.dataset?.key;
}

function patch(old, node) {
  if (!(node instanceof Element)) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!node.hasAttribute(name) && !THEIRS.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of node.attributes) {
    if (old.getAttribute(name) !== value && !THEIRS.has(name)) old.setAttribute(name, value);
  }
  patchChildren(old, [...node.childNodes]);
}
