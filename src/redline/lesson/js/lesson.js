// The page itself: screens, the way through them, the teacher's notes, the self-test.

const SCREENS = 11;
const KEYS = ["hook", "washington", "among", "predict", "tehran", "cost", "frontier", "loyalty", "challenge", "sandbox", "debrief"];
const query = new URLSearchParams(globalThis.location?.search);
const TEACHER = query.get("teacher") === "1";

function hook_screen() {
  const picture = figure((width) => bare_ladders({ width }), () => ({ title: say("hook.finding"), caption: say("hook.caption") }));
  const seed = h("input", { type: "number", min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, value: memory.seed, onchange: () => {
    const value = seed_of(seed.value);
    if (value === null || value === memory.seed) return void (seed.value = memory.seed);
    memory = { ...structuredClone(BLANK), seed: value };
    remember();
    announce(say("hook.new_crisis", { seed: value }));
  } });
  return {
    elements: [paragraphs("hook.intro", {}, { class: "lead" }), picture,
      h("dl", { class: "definitions" },
        h("dt", {}, say("hook.provocation")), h("dd", {}, say("hook.provocation_is")),
        h("dt", {}, say("hook.confrontation")), h("dd", {}, say("hook.confrontation_is")),
        h("dt", {}, say("hook.red_line")), h("dd", {}, say("hook.red_line_is"))),
      h("details", {}, h("summary", {}, say("hook.crisis")), h("label", { class: "seed" }, say("hook.seed"), seed), h("p", {}, say("hook.seed_about"))),
      h("p", { class: "note" }, say("hook.article"))],
    shown: () => {
      seed.value = memory.seed;
      picture.redraw();
    },
  };
}

const builders = [
  hook_screen, () => game_screen(WASHINGTON), among_screen, predict_screen, () => game_screen(TEHRAN),
  cost_screen, frontier_screen, loyalty_screen, challenge_screen, sandbox_screen, debrief_screen,
];

let current = null;
const built = [];

function teacher_notes(key) {
  const notes = LESSON.words.teacher[key];
  return h("aside", { class: "teacher", "aria-label": say("teacher.title") },
    h("h3", {}, say("teacher.heading", { minutes: notes.minutes })),
    h("dl", {}, ["goal", "prompt", "wrong", "key"].map((part) => [h("dt", {}, say(`teacher.${part}`)), h("dd", {}, rich(notes[part]))])));
}

function show(number, { focus = true } = {}) {
  memory.screen = number;
  remember();
  const key = KEYS[number], stage = document.getElementById("stage");
  if (!built[number]) {
    const screen = builders[number](), title = h("h2", { tabindex: -1 }, say(`${key}.title`));
    built[number] = { ...screen, title, element: h("section", { class: `screen ${key}`, "aria-labelledby": `title-${number}` },
      h("p", { class: "eyebrow" }, say("progress", { number, last: SCREENS - 1 })), title, TEACHER && teacher_notes(key), screen.elements) };
    title.id = `title-${number}`;
  }
  current = built[number];
  stage.replaceChildren(current.element);
  current.shown();
  redraw_all();
  document.title = `${say(`${key}.title`)} · ${say("title")}`;
  document.querySelectorAll("nav [data-screen]").forEach((one) => {
    const here = +one.dataset.screen === number;
    if (here) one.setAttribute("aria-current", "step");
    else one.removeAttribute("aria-current");
  });
  document.getElementById("back").disabled = number === 0;
  document.getElementById("next").disabled = number === SCREENS - 1;
  document.getElementById("next").textContent = number === 0 ? say("begin") : say("next");
  if (focus) {
    window.scrollTo(0, 0);
    current.title.focus({ preventScroll: true });
  }
}

function toast(words) {
  const box = document.getElementById("toast");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (box.hidden = true), 4000);
}

// Live the proofs of the build again, and say whether every one came out equal.
async function selftest() {
  const results = [];
  for (const { world, replicates, hash } of LESSON.vectors) {
    const found = await trace_hash(world, LESSON.seed, replicates);
    results.push({ name: world.name, replicates, equal: found === hash });
  }
  const passed = results.every(({ equal }) => equal);
  document.getElementById("selftest").replaceChildren(
    h("h2", {}, say(passed ? "selftest.passed" : "selftest.failed")),
    h("ul", {}, results.map(({ name, replicates, equal }) => h("li", {}, say(equal ? "selftest.equal" : "selftest.unequal", { name, replicates })))));
  document.getElementById("selftest").dataset.passed = passed;
  return passed;
}

function start() {
  announcer = document.getElementById("live");
  document.documentElement.lang = LESSON.words.language;
  const trouble = recall();
  const nav = document.querySelector("nav ol");
  nav.append(...KEYS.map((key, number) => h("li", {}, h("button", { type: "button", "data-screen": number, onclick: () => show(number), title: say(`${key}.title`) },
    h("span", { class: "number" }, number), h("span", { class: "name" }, say(`${key}.short`))))));
  document.getElementById("back").textContent = say("back");
  document.getElementById("back").onclick = () => show(Math.max(0, memory.screen - 1));
  document.getElementById("next").onclick = () => show(Math.min(SCREENS - 1, memory.screen + 1));
  document.getElementById("foot").textContent = say(LESSON.commit ? "foot" : "foot_release", { title: LESSON.world.title, version: LESSON.version, commit: LESSON.commit, rules: LESSON.rules });
  if (TEACHER) document.body.classList.add("teaching");
  // Keys of a screen count only where it has the focus, and once a press.
  document.getElementById("stage").addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) current?.keys?.(event);
  });
  let resizing = null, width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(resizing);
    resizing = setTimeout(redraw_all, 100);
  });
  window.addEventListener("hashchange", () => {
    const trouble = recall();
    show(memory.screen);
    if (trouble) toast(trouble);
  });
  window.addEventListener("beforeprint", draw_worksheet);
  show(memory.screen, { focus: false });
  if (trouble) toast(trouble);
  if (query.get("selftest") === "1") selftest();
}

// For tests, and for whoever opens the browser's console.
globalThis.redline = {
  LESSON, Game, changed, class_code, explain, history, judged, read_code, remember_now, simulate, summary, survival, trace_hash, why_sentence,
};
if (typeof document !== "undefined") start();
