import { useEffect, useState } from 'preact/hooks';

const QUERY = '(prefers-reduced-motion: reduce)';

/** True when nothing may move by itself: the system says so, or the editor by its class on the page. */
export function useReducedMotion(): boolean {
  const [isReduced, setReduced] = useState(isReducedNow);
  useEffect(() => {
    const look = (): void => setReduced(isReducedNow());
    const media = matchMedia(QUERY);
    const observer = new MutationObserver(look);
    media.addEventListener('change', look);
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    return () => {
      media.removeEventListener('change', look);
      observer.disconnect();
    };
  }, []);
  return isReduced;
}

function isReducedNow(): boolean {
  return matchMedia(QUERY).matches || document.body.classList.contains('vscode-reduce-motion');
}
