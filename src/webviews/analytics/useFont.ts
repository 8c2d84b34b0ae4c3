import { useEffect, useState } from 'preact/hooks';

/** The family that texts of this page have now. */
export function useFont(): string {
  const [font, setFont] = useState(fontNow);
  useEffect(() => {
    const observer = new MutationObserver(() => setFont(fontNow()));
    // The editor writes a theme or another font into these.
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    observer.observe(document.body, { attributes: true, attributeFilter: ['style', 'class'] });
    return () => observer.disconnect();
  }, []);
  return font;
}

function fontNow(): string {
  return getComputedStyle(document.body).fontFamily;
}
