/** An escape whose meaning is known here: a class or an assertion, or a sign that stands for itself. */
const CLASSES = /[dDwWsSbBtnrfv]/;
const SIGNS = /[^\w\s]/;

/**
 * The longest text that stands in whatever a regular expression matches, as printable ASCII without quotes and backslashes; undefined when
 * none is sure. It looks at what stands outside of groups alone, and gives up on what it does not know.
 */
export function requiredText(source: string): string | undefined {
  let longest = '';
  let run = '';
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let at = 0; at < source.length; at++) {
    const sign = source[at] ?? '';
    switch (sign) {
      case '|':
        return undefined;
      case '(':
      case '[': {
        end();
        const after = sign === '(' ? groupEnd(source, at) : classEnd(source, at);
        if (after === undefined) return undefined;
        at = after;
        break;
      }
      case '?':
      case '*':
        run = run.slice(0, -1);
        end();
        break;
      case '{': {
        run = run.slice(0, -1);
        end();
        const close = source.indexOf('}', at);
        if (close < 0) return undefined;
        at = close;
        break;
      }
      case '+':
      case '.':
      case '^':
      case '$':
        end();
        break;
      case '\\': {
        const escaped = source[++at] ?? '';
        if (CLASSES.test(escaped)) end();
        else if (SIGNS.test(escaped)) run = taken(run, escaped, end);
        else return undefined;
        break;
      }
      default:
        run = taken(run, sign, end);
    }
  }
  end();
  return longest === '' ? undefined : longest;
}

/** The run with a sign more; what JSON may escape, or what has relatives in another case, ends it. */
function taken(run: string, sign: string, end: () => void): string {
  if (/[\x20-\x7e]/.test(sign) && sign !== '"' && sign !== '\\') return run + sign;
  end();
  return '';
}

function classEnd(source: string, from: number): number | undefined {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    // Classes in classes come with flag `v`.
    else if (source[at] === '[') return undefined;
    else if (source[at] === ']') return at;
  }
  return undefined;
}

function groupEnd(source: string, from: number): number | undefined {
  for (let at = from + 1; at < source.length; at++) {
    const sign = source[at];
    if (sign === '\\') at++;
    else if (sign === ')') return at;
    else if (sign === '(' || sign === '[') {
      const after = sign === '(' ? groupEnd(source, at) : classEnd(source, at);
      if (after === undefined) return undefined;
      at = after;
    }
  }
  return undefined;
}
