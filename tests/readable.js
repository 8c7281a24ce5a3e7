// What cannot be read, or has no name, on the page as it is; see test_lesson_browser.py.
() => {
  const found = [];
  const seen = (element) => element.checkVisibility() && !element.closest(".sr");
  const text_of = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  for (const element of document.querySelectorAll("body *")) {
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (text_of(element) && seen(element) && size < 11) found.push(`small: ${element.textContent}`);
  }
  for (const svg of document.querySelectorAll("main svg")) {
    if (!seen(svg)) continue;
    if (!svg.getAttribute("aria-label")) found.push("a picture without a name");
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map((text) => ({
      words: text.textContent,
      box: text.getBoundingClientRect(),
    }));
    texts.forEach(({ words, box }, i) => {
      const across = box.left < frame.left - 1 || box.right > frame.right + 1;
      const along = box.top < frame.top - 2 || box.bottom > frame.bottom + 2;
      if (across || along) found.push(`outside: ${words}`);
      for (const { words: others, box: other } of texts.slice(i + 1)) {
        const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        if (wide > 1 && high > 4) found.push(`over each other: ${words} / ${others}`);
      }
    });
  }
  for (const element of document.querySelectorAll("main :is(input, textarea, button, summary)")) {
    const label = element.getAttribute("aria-label") || element.textContent.trim();
    if (!label && !element.closest("label")?.textContent.trim()) found.push(element.outerHTML);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) found.push("an id twice");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  return found;
}
