// Runs in a page: the texts that are seen whose contrast with what is behind them is below 4.5 (WCAG AA).
/* global document, getComputedStyle */
(() => {
  // `rgb(…)` counts to 255, `color(srgb …)` to 1; only the first four numbers are told apart here.
  const numbers = (colour) => {
    const all = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return colour.startsWith('color(') ? all.map((part, index) => (index < 3 ? part * 255 : part)) : all;
  };
  const luminance = (colour) => {
    const [red, green, blue] = numbers(colour)
      .slice(0, 3)
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one);
      if (numbers(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes]
      .filter((node) => node.nodeType === 3)
      .map((node) => node.data.trim())
      .join('');
    const { width } = element.getBoundingClientRect();
    if (text === '' || width < 2 || element.closest('script, style, noscript, .hidden')) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(`${element.tagName} ${text.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return low;
})();
