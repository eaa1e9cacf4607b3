/**
 * Reading the XML documents of others, strictly and within limits. Own lines rather than a library: those documents are
 * elements and text, and what libraries know beyond that (document types, entities of one's own, attributes with
 * meaning) is what is refused here.
 *
 * @module
 */
import { brokenReply } from './reply.ts';

export interface XmlElement {
  /** Without its prefix; a namespace is not looked at. */
  readonly name: string;
  /** Its own text, trimmed. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const DEEPEST = 16;
const MOST_ELEMENTS = 500_000;

/** A comment or an instruction; a tag; text. */
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)((?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|[^<]+/y;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

/** The root of `body`. Throws `grid/invalid-data` for what is no well-formed document of elements and text. */
export function readXml(provider: string, body: string): XmlElement {
  const broken = (what: string, at: number) =>
    brokenReply(provider, `the reply is no XML: ${what}`, body.slice(at, at + 40));
  const root: OpenElement = { name: '', text: '', children: [] };
  const open = [root];
  const token = new RegExp(TOKEN);
  const start = body.startsWith('\uFEFF') ? 1 : 0;
  token.lastIndex = start;
  let elements = 0;
  for (let at = start; at < body.length; at = token.lastIndex) {
    const match = token.exec(body);
    const inner = open.at(-1) ?? root;
    if (match === null) throw broken('this is not understood', at);
    const [whole, closing, qualified, empty] = match;
    if (qualified === undefined) {
      if (!whole.startsWith('<'))
        inner.text += whole.replaceAll(/&([^;]*);?/g, (_, name: string) => {
          const character = ENTITIES.get(name);
          if (character === undefined) throw broken('an entity', at);
          return character;
        });
      continue;
    }
    const name = qualified.slice(qualified.indexOf(':') + 1);
    if (closing === '/') {
      if (inner === root || inner.name !== name) throw broken(`this closes ${inner.name || 'nothing'}`, at);
      inner.text = inner.text.trim();
      open.pop();
      continue;
    }
    elements += 1;
    if (elements > MOST_ELEMENTS || open.length > DEEPEST) throw broken('it is too large', at);
    const element: OpenElement = { name, text: '', children: [] };
    inner.children.push(element);
    if (empty !== '/') open.push(element);
  }
  const [only] = root.children;
  if (open.length > 1 || only === undefined || root.children.length > 1 || root.text.trim() !== '')
    throw broken('it is not one whole element', 0);
  return only;
}

/** The children of that name. */
export const all = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name);

/** The text at a path of names, of the first at each; `undefined` when there is none. */
export function textAt(element: XmlElement, ...path: readonly string[]): string | undefined {
  let here: XmlElement | undefined = element;
  for (const name of path) here = here?.children.find((child) => child.name === name);
  return here?.text;
}
