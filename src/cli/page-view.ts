/** Markdown of a diagnostic's page for a terminal: headings stand out, prose is wrapped, code is indented. */
import type { ChalkInstance } from "chalk";

/** Prose gets no wider, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 24;
const CODE_INDENT = "    ";
const FENCE = "```";
/** Code, emphasised text and a link with its target. */
const MARKS = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)]+)\)/g;

/** The page in lines of at most `width` characters; only a long word, or a line of code, may be longer. */
export function renderPage(markdown: string, width: number, colours: ChalkInstance): string {
  const room = Math.min(Math.max(width, NARROWEST), WIDEST);
  const lines: string[] = [];
  let paragraph: string[] = [];
  let inCode = false;
  const flush = (): void => {
    if (paragraph.length > 0) lines.push(...wrapped(paragraph.join(" "), room, colours));
    paragraph = [];
  };
  for (const line of markdown.trimEnd().split("\n")) {
    if (line.startsWith(FENCE)) {
      flush();
      inCode = !inCode;
    } else if (inCode) {
      lines.push(line === "" ? "" : `${CODE_INDENT}${line}`);
    } else if (line.startsWith("#")) {
      flush();
      lines.push(colours.bold(line.replace(/^#+ /, "")));
    } else if (line === "") {
      flush();
      lines.push("");
    } else {
      if (line.startsWith("- ")) flush();
      paragraph.push(line.trim());
    }
  }
  flush();
  return lines.join("\n");
}

function wrapped(text: string, room: number, colours: ChalkInstance): string[] {
  const indent = text.startsWith("- ") ? "  " : "";
  const lines: string[] = [];
  let line = "";
  let length = 0;
  for (const { shown, plainLength } of wordsOf(text, colours)) {
    if (length > 0 && length + 1 + plainLength > room) {
      lines.push(line);
      line = indent;
      length = indent.length;
    } else if (length > 0) {
      line += " ";
      length += 1;
    }
    line += shown;
    length += plainLength;
  }
  return [...lines, line];
}

/** The words of a paragraph, painted one by one, so that a colour never spans the end of a line. */
function wordsOf(text: string, colours: ChalkInstance): { shown: string; plainLength: number }[] {
  const words: { shown: string; plainLength: number }[] = [];
  let glue = true;
  const add = (part: string, paint: (word: string) => string): void => {
    part.split(/\s+/).forEach((word, index) => {
      if (index > 0) glue = true;
      if (word === "") return;
      const last = words.at(-1);
      if (glue || last === undefined) {
        words.push({ shown: paint(word), plainLength: word.length });
      } else {
        last.shown += paint(word);
        last.plainLength += word.length;
      }
      glue = false;
    });
  };
  const plain = (word: string): string => word;
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    const [whole, code, strong, label, target] = match;
    add(text.slice(end, match.index), plain);
    if (code !== undefined) add(code, colours.cyan);
    else if (strong !== undefined) add(strong, colours.bold);
    else add(linkText(label!, target!), plain);
    end = match.index + whole.length;
  }
  add(text.slice(end), plain);
  return words;
}

/** A terminal cannot follow a link: other codes are named, pages by their path in the project. */
function linkText(label: string, target: string): string {
  const page = target.split("#")[0]!;
  return /^LQ\d{4}\.md$/.test(page) ? label : `${label} (${page.replace(/^\.\.\//, "docs/")})`;
}
