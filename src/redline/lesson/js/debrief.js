// Stepping out: own predictions beside what came out, four answers, the class, the worksheet.

function own_result() {
  const game = new Game(WASHINGTON, memory.washington, memory.seed), tehran = new Game(TEHRAN, memory.tehran, memory.seed);
  return {
    game, tehran, ...game.result(), guess_war: memory.guess.locked ? memory.guess.war : null,
    guess_provoked: memory.guess.locked ? 100 * memory.guess.provoked : null,
    tehran_war: tehran.done ? tehran.war : null, leverage: tehran.done ? 100 * tehran.result().leverage : null,
  };
}

// Rows of: what was asked, the student's guess, and, once that is locked, what came out.
function predictions() {
  const base = summary(ensemble()), { guess, cost, frontier, loyalty } = memory;
  const row = (part, asked, guessed, came_out) =>
    [asked, ...(memory[part].locked ? [guessed(), came_out()] : [say("debrief.none"), say("debrief.later")])];
  const ends = (key) => `${percent(cost[key][0])} → ${percent(cost[key].at(-1))}`;
  const out = (key) => {
    const [free, dear] = [0, 2].map((factor) => summary(ensemble(cost_values(factor)))[key].share);
    return `${percent(free)} → ${percent(dear)}`;
  };
  return [
    row("guess", say("debrief.war", { n: base.n }), () => guess.war, () => say("debrief.war_out", war_words(base.war))),
    row("guess", say("debrief.usual"), () => LESSON.words.usual[guess.usual], () => usual_words(base)),
    row("guess", say("debrief.provoked"), () => percent(guess.provoked), () => `${percent(base.provoked.share)} (${interval(base.provoked)})`),
    row("cost", say("debrief.cost_war"), () => ends("war"), () => out("war")),
    row("cost", say("debrief.cost_provoked"), () => ends("provoked"), () => out("provoked")),
    row("frontier", say("debrief.frontier", { count: LESSON.frontier.war.length }),
      () => say("debrief.frontier_marked", { count: frontier.marked.length }), () => say("debrief.frontier_right", { right: cells_right() })),
    row("loyalty", say("debrief.loyalty"), () => LESSON.words.loyalty.options[loyalty.guess],
      () => say("debrief.loyalty_out", { free: percent(LESSON.loyalty.free), base: percent(LESSON.loyalty.bound) })),
  ];
}

function usual_words(found) {
  const { weeks, most } = kinds_of_weeks(found);
  return `${LESSON.words.usual[most]} (${percent(weeks[most] / found.at_risk)})`;
}

const prediction_table = () =>
  h("table", { class: "predictions" },
    h("caption", {}, say("debrief.table")),
    h("thead", {}, h("tr", {}, ["asked", "guessed", "came_out"].map((key) => h("th", { scope: "col" }, say(`debrief.${key}`))))),
    h("tbody", {}, predictions().map(([asked, guess, out]) => h("tr", {}, h("th", { scope: "row" }, asked), h("td", {}, guess), h("td", {}, out)))));

// Screen 10.
function debrief_screen() {
  const place = h("div"), code_place = h("p", { class: "code" }), class_place = h("div");
  const questions = LESSON.words.debrief.questions;
  const answers = questions.map((question, i) =>
    h("label", { class: "answer" }, h("b", {}, question), h("textarea", { rows: 3, maxlength: 600, oninput: (event) => {
      memory.answers = memory.answers.map((old, j) => (j === i ? event.target.value : old));
      remember();
    } })));
  const pasted = h("textarea", { rows: 3, "aria-label": say("class.paste"), placeholder: say("class.placeholder") });

  function draw_class() {
    const codes = pasted.value.split(/[\s,;]+/).filter(Boolean), read = codes.map(read_code);
    const results = read.filter(Boolean), bad = codes.filter((_, i) => !read[i]);
    const base = summary(ensemble());
    const parts = [h("p", {}, say("class.read", { good: results.length, bad: bad.length }), bad.length ? ` ${say("class.bad", { codes: bad.slice(0, 5).join(", ") })}` : "")];
    const pile = (key, most, truth, show = plain) => {
      const values = results.map((one) => one[key]).filter((value) => value !== null);
      if (!values.length) return;
      const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
      parts.push(figure((width) => dots({ values, most, truth, width, show }),
        () => ({ title: say(`class.${key}`, { middle: show(middle), count: values.length }), caption: say("class.caption") })));
    };
    pile("guess_war", LESSON.replicates, base.war.count);
    pile("guess_provoked", 100, 100 * base.provoked.share, (value) => `${Math.round(value)} %`);
    pile("strikes", LESSON.game_weeks, null);
    pile("leverage", 100, null, (value) => `${Math.round(value)} %`);
    if (results.length) parts.push(h("p", {}, say("class.wars", { wars: results.filter((one) => one.war).length, tehran: results.filter((one) => one.tehran_war === 1).length, count: results.length })));
    forget(class_place);
    class_place.replaceChildren(...parts);
    class_place.querySelectorAll("figure").forEach((one) => one.redraw());
  }
  let seed = memory.seed;
  function refresh() {
    if (seed !== memory.seed) {
      seed = memory.seed;
      pasted.value = "";
      class_place.replaceChildren();
    }
    place.replaceChildren(prediction_table());
    answers.forEach((label, i) => (label.querySelector("textarea").value = memory.answers[i]));
    const result = own_result();
    code_place.replaceChildren(...(result.game.done ? [say("class.own"), " ", h("output", {}, class_code(result))] : [say("class.play_first")]));
  }
  return {
    elements: [paragraphs("debrief.intro"), place, answers,
      h("h3", {}, say("debrief.leaves_out_title")), h("ul", {}, LESSON.words.debrief.leaves_out.map((item) => h("li", {}, item))),
      h("h3", {}, say("debrief.disagree_title")), h("ul", {}, LESSON.words.debrief.disagree.map((item) => h("li", {}, rich(item)))),
      h("div", { class: "row" }, button(say("debrief.print"), () => { draw_worksheet(); window.print(); }), button(say("sandbox.link"), copy_link, { class: "quiet" })),
      h("h3", {}, say("class.title")), code_place,
      h("label", {}, say("class.paste"), pasted), h("div", { class: "row" }, button(say("class.plot"), draw_class)), class_place],
    shown: refresh,
  };
}

// The worksheet: two pages of paper. What was not answered is left as lines to write on.
function draw_worksheet() {
  const place = document.getElementById("worksheet"), { game, tehran } = own_result();
  const played = (one, orders) => (one.done
    ? ladder({ weeks: one.played, start: one.world.start, horizon: one.world.weeks, over: one.war, width: 660, orders })
    : h("p", {}, say("worksheet.not_played")));
  const lines = (count) => Array.from({ length: count }, () => h("div", { class: "line" }));
  place.replaceChildren(
    h("section", {},
      h("h1", {}, say("worksheet.title")), h("p", {}, say("worksheet.who")), h("p", {}, say("worksheet.rests", { title: LESSON.world.title, game: LESSON.game.title, version: LESSON.version, seed: memory.seed })),
      h("h2", {}, say("worksheet.washington")), played(game, false),
      h("h2", {}, say("worksheet.tehran")), played(tehran, true), prediction_table()),
    h("section", {},
      h("h2", {}, say("worksheet.questions")),
      LESSON.words.debrief.questions.map((question, i) => [h("h3", {}, question), memory.answers[i].trim() ? h("p", { class: "written" }, memory.answers[i]) : lines(5)]),
      h("p", { class: "small" }, say("not_a_forecast"))));
}
