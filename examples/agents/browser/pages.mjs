/** More than this is a crawl, which is another kind of work. */
const MOST = 10;

/**
 * The pages a prompt names: addresses (http, https) and file names such as `index.html`, in order, each once.
 * `name` is what evidence is called: letters, digits and dashes.
 * @returns {{ label: string, url?: string, file?: string, name: string }[]}
 */
export function pagesIn(prompt) {
  const found = prompt.match(/https?:\/\/[^\s"'`<>()]+|[\w./-]*\w\.html?\b/gi) ?? [];
  const clean = found.map((text) => text.replace(/[.,;:!?]+$/, '')).filter((text) => !/^https?:/i.test(text) || URL.canParse(text));
  const labels = [...new Set(clean)].slice(0, MOST);
  const taken = new Set();
  return labels.map((label) => {
    const isUrl = /^https?:/i.test(label);
    const base = slug(isUrl ? nameOfUrl(label) : label);
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    taken.add(name);
    return { label, name, ...(isUrl ? { url: label } : { file: label.replace(/^(\.?\/)+/, '') }) };
  });
}

function nameOfUrl(label) {
  const { hostname, pathname } = new URL(label);
  return pathname === '/' ? hostname : pathname;
}

function slug(text) {
  const plain = text
    .replace(/\.html?$/i, '')
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-+|-+$/g, '');
  return plain.slice(0, 40).toLowerCase() || 'page';
}
