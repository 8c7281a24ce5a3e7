// Predict, lock, reveal: the guess comes first, and does not change once what came out is known.

// The histories of the lesson's world with some numbers changed.
const ensemble = (values = []) => simulate(changed(LESSON.world, values), memory.seed, LESSON.replicates);

// The button that locks the answers of a part; then the screen is drawn again, and the reply read.
function lock_button(part, ready, refresh, after) {
  const { locked } = memory[part];
  const lock = () => {
    keep(part, { locked: true });
    refresh();
    after.querySelector(".reply")?.focus();
  };
  return button(say(locked ? "locked" : "lock"), lock, { class: "lock", disabled: locked || !ready });
}
// The same, beside what is to be done first.
const lock_row = (part, ready, ...rest) =>
  [lock_button(part, ready, ...rest), ready || memory[part].locked ? "" : h("small", {}, say("answer_all"))];

// A share of weeks, and of wars, in the words of its finding.
const provoked_words = (provoked) => ({ share: percent(provoked.share), interval: interval(provoked) });
const war_words = (war) => ({ wars: war.count, n: war.trials, share: percent(war.share), interval: interval(war) });

// How the weeks at risk share among the rungs, in the block that `of()` gives.
const stack_figure = (of, title) =>
  figure((width) => stacked({ block: of(), width }), () => ({ title: title(), caption: rests_on_block(of(), "predict.at_risk") }));

// How its replicates ended: a dot for each, beside what was guessed.
const class_figure = (of, found, guess = () => null) => figure(
  (width) => icons({ classes: found().classes, guess: guess(), width }),
  () => ({ title: say("predict.finding_war", war_words(found().war)), caption: rests_on_block(of()) }),
  { key: () => class_key(found().classes) });

// Survival of now, beside `base()` where a part's knob is turned.
const curve_figure = (part, of, found, base, more = () => ({})) => {
  const now = () => ({ times: plain(memory[part].value) });
  return figure(
    (width) => survivals({ width, start: LESSON.world.start, curves: [
      { points: survival(of()), name: say(`${part}.curve_now`, now()) },
      ...(memory[part].value === 1 ? [] : [{ points: base(), name: say(`${part}.curve_base`) }])] }),
    () => ({
      title: say(`${part}.finding_survival`, { ...now(), wars: found().war.count, n: of().count, ...more() }),
      caption: rests_on_block(of(), "cost.common", "band") }));
};

// The knob of a part: its value times what it is.
const times_slider = (part, change) =>
  slider({ label: say(`${part}.knob`), min: 0, max: 2, step: 0.05, value: memory[part].value, show: (v) => `× ${plain(v)}`, change });

// A guess against an interval: too low, too high, or within it.
const verdict = (guess, low, high) => (guess < low ? "low" : guess > high ? "high" : "within");

// Weeks at risk by the kinds among which a student chooses the commonest, and that one.
function kinds_of_weeks({ rung_weeks }) {
  const [quiet, statement, rockets, drones, assault, offensive] = rung_weeks;
  const weeks = { quiet, statement, attack: rockets + drones, grave: assault + offensive };
  return { weeks, most: Object.keys(weeks).reduce((best, key) => (weeks[key] > weeks[best] ? key : best)) };
}

// Screen 3: how many of 200 end in war, and where most weeks are spent.
function predict_screen() {
  const form = h("div", { class: "form" }), after = h("div");
  let block = null, found = null;
  const dots_picture = class_figure(() => block, () => found, () => memory.guess.war);
  const rungs_picture = stack_figure(() => block, () => say("predict.finding_rungs", provoked_words(found.provoked)));

  function change(name, value) {
    if (memory.guess.locked) return;
    keep("guess", { [name]: value });
    draw_lock();
  }
  const lock_place = h("div", { class: "row" });
  function draw_lock() {
    const { war, usual, provoked } = memory.guess;
    lock_place.replaceChildren(...lock_row("guess", ![war, usual, provoked].includes(null), refresh, after));
  }
  function replies() {
    const { war, usual, provoked } = memory.guess, { weeks, most } = kinds_of_weeks(found);
    const share = percent(weeks[most] / found.at_risk);
    return h("div", { class: "reply", tabindex: -1 },
      h("p", {}, rich(say(`predict.war_${verdict(war, found.war.low * found.n, found.war.high * found.n)}`, { guess: war, wars: found.war.count, n: found.n }))),
      h("p", {}, rich(say(usual === most ? "predict.usual_right" : "predict.usual_wrong", {
        guess: LESSON.words.usual[usual], most: LESSON.words.usual[most], share, yours: percent(weeks[usual] / found.at_risk) }))),
      h("p", {}, rich(say(`predict.provoked_${verdict(provoked, found.provoked.low - 0.05, found.provoked.high + 0.05)}`, { guess: percent(provoked), share: percent(found.provoked.share) }))),
      paragraphs("predict.lesson"));
  }
  function refresh() {
    const { war, usual, provoked, locked } = memory.guess;
    form.replaceChildren(
      slider({ label: say("predict.ask_war", { n: LESSON.replicates, weeks: LESSON.world.weeks }), min: 0, max: LESSON.replicates, step: 1, value: war, disabled: locked, change: (value) => change("war", value) }),
      choice({ legend: say("predict.ask_usual"), name: "usual", options: LESSON.words.usual, value: usual, disabled: locked, change: (value) => change("usual", value) }),
      slider({ label: say("predict.ask_provoked"), min: 0, max: 1, step: 0.01, value: provoked, show: percent, disabled: locked, change: (value) => change("provoked", value) }),
      lock_place);
    draw_lock();
    if (!locked) return after.replaceChildren();
    block = ensemble();
    found = summary(block);
    after.replaceChildren(dots_picture, rungs_picture, replies());
    dots_picture.redraw();
    rungs_picture.redraw();
  }
  return { elements: [paragraphs("predict.intro", { n: LESSON.replicates, weeks: LESSON.world.weeks, title: LESSON.world.title, game: LESSON.game.title, game_weeks: LESSON.game_weeks }), form, after], shown: refresh };
}

const COSTS = [0, 0.5, 1, 1.5, 2];
// What open war costs both: the campaign's presence, the blow to proxies, the hard currency.
const cost_values = (times) => LESSON.cost.map(({ path, value }) => [path, value * times]);

// Screen 5: one knob, the cost of war.
function cost_screen() {
  const form = h("div", { class: "form" }), after = h("div");
  let block = null, found = null, base = null, measured = null;
  const plot = (key) => figure(
    (width) => expectation({
      knob: COSTS, guesses: memory.cost[key], width,
      found: measured ? [...measured, { at: memory.cost.value, now: true, ...found }].map((one) => ({ at: one.at, kind: key, ...(key === "war" ? one.war : one.provoked) })) : [],
      drag: memory.cost.locked ? null : (i, share) => guess(key, i, Math.round(share * 100) / 100),
    }),
    () => ({
      title: say(measured ? `cost.finding_${key}` : `cost.ask_${key}`, measured ? ends(key) : {}),
      caption: measured ? `${say("cost.key")} ${rests_on({ n: LESSON.replicates, weeks: LESSON.world.weeks })}` : say("cost.how"),
    }));
  const plots = { war: plot("war"), provoked: plot("provoked") };
  const ends = (key) => ({ first: percent(measured[0][key].share), last: percent(measured.at(-1)[key].share) });
  const stack = stack_figure(() => block, () => say("cost.finding_stack", { times: plain(memory.cost.value), ...provoked_words(found.provoked) }));
  const curve = curve_figure("cost", () => block, () => found, () => base);
  const inputs = {}, lock_place = h("div", { class: "row" });
  const numbers = h("div", { class: "numbers" }, ["war", "provoked"].map((key) =>
    h("fieldset", {}, h("legend", {}, say(`cost.numbers_${key}`)),
      COSTS.map((factor, i) => {
        const field = h("input", {
          id: `${key}-${i}`, type: "number", min: 0, max: 100, step: 5, inputmode: "numeric",
          "aria-label": say("cost.number", { what: say(`cost.numbers_${key}`), times: plain(factor) }),
          oninput: () => field.value !== "" && guess(key, i, Math.min(100, Math.max(0, +field.value)) / 100),
        });
        inputs[`${key}-${i}`] = field;
        return h("label", {}, times(factor), field, " %");
      }))));

  function guess(key, i, share) {
    if (memory.cost.locked) return;
    keep("cost", { [key]: memory.cost[key].map((old, j) => (j === i ? share : old)) });
    plots[key].redraw();
    draw_lock();
  }
  let lock = null;
  function draw_lock() {
    const { locked } = memory.cost;
    for (const key of ["war", "provoked"]) {
      memory.cost[key].forEach((share, i) => {
        const field = inputs[`${key}-${i}`];
        field.disabled = locked;
        if (field !== document.activeElement) field.value = share === null ? "" : Math.round(100 * share);
      });
    }
    const ready = ![...memory.cost.war, ...memory.cost.provoked].includes(null);
    const state = `${ready}${locked}`;
    if (lock === state) return; // the button stays where it is, and keeps its focus
    lock = state;
    lock_place.replaceChildren(...lock_row("cost", ready, refresh, after));
  }
  function turn(value) {
    keep("cost", { value });
    block = ensemble(cost_values(value));
    found = summary(block);
    for (const picture of [stack, curve, plots.war, plots.provoked]) picture.redraw();
  }
  function reply() {
    const off = (key) => memory.cost[key].reduce((sum, share, i) => sum + Math.abs(share - measured[i][key].share), 0) / COSTS.length;
    const fall = (values) => values[0] - values.at(-1);
    const guessed = fall(memory.cost.provoked), came = fall(measured.map((one) => one.provoked.share));
    return h("div", { class: "reply", tabindex: -1 },
      h("p", {}, rich(say("cost.reply_war", { off: points(off("war")), ...ends("war") }))),
      h("p", {}, rich(say(Math.abs(guessed) > Math.abs(came) + 0.1 ? "cost.reply_provoked_more" : "cost.reply_provoked", { off: points(off("provoked")), ...ends("provoked") }))),
      paragraphs("cost.lesson", ends("provoked")));
  }
  function refresh() {
    const { locked, value } = memory.cost;
    measured = null;
    if (locked) {
      measured = COSTS.map((at) => ({ at, ...summary(ensemble(cost_values(at))) }));
      base = survival(ensemble(cost_values(1)));
      block = ensemble(cost_values(value));
      found = summary(block);
    }
    draw_lock();
    numbers.hidden = locked;
    if (!form.childElementCount) form.append(h("div", { class: "pair" }, plots.war, plots.provoked), numbers, lock_place);
    after.replaceChildren(...(locked ? [
      reply(),
      times_slider("cost", turn),
      h("div", { class: "pair" }, stack, curve)] : []));
    for (const picture of [plots.war, plots.provoked, ...(locked ? [stack, curve] : [])]) picture.redraw();
  }
  return { elements: [paragraphs("cost.intro"), form, after], shown: refresh };
}

// How many cells of the map of war were judged rightly.
const cells_right = () =>
  LESSON.frontier.war.filter((share, i) => share > 0.5 === memory.frontier.marked.includes(i)).length;

// Screen 6: two knobs, and the border of war.
function frontier_screen() {
  const map = LESSON.frontier, count = map.war.length;
  let cursor = map.base;
  const lock_place = h("div", { class: "row" }), after = h("div"), below = h("div");
  const marked = (i) => memory.frontier.marked.includes(i);
  const foot = () => `${say(map.own ? "frontier.axes" : "frontier.axes_default")} ${say("caption", { version: LESSON.version, n: map.n, seed: map.seed, weeks: map.weeks })}`;
  const shares = (values) => ({ low: percent(Math.min(...values)), high: percent(Math.max(...values)) });
  const war = figure(
    (width) => heat({
      map, values: map.war, scale: LESSON.scales.gravity, width, levels: [0.1, 0.5, 0.9], open: () => memory.frontier.locked, marked,
      cursor: memory.frontier.locked ? null : cursor, pick: memory.frontier.locked ? null : toggle,
    }),
    () => ({ title: memory.frontier.locked ? say("frontier.finding_war", shares(map.war)) : say("frontier.ask", { count: memory.frontier.marked.length }), caption: `${memory.frontier.locked ? `${say("frontier.lines")} ` : ""}${foot()}` }));
  const provoked = figure(
    (width) => heat({ map, values: map.provoked, scale: LESSON.scales.provocation, width }),
    () => ({ title: say("frontier.finding_provoked", shares(map.provoked)), caption: foot() }));
  const place = h("div", { onkeydown: keys }, war, lock_place);

  function toggle(i) {
    if (memory.frontier.locked) return;
    cursor = i;
    const { marked: old } = memory.frontier;
    keep("frontier", { marked: marked(i) ? old.filter((one) => one !== i) : [...old, i] });
    war.redraw();
    told();
  }
  function told() {
    const wide = map.times.length;
    announce(say("frontier.cell", {
      column: times(map.times[cursor % wide]), row: times(map.times[Math.floor(cursor / wide)]),
      state: say(marked(cursor) ? "frontier.marked" : "frontier.unmarked") }));
  }
  function keys(event) {
    if (memory.frontier.locked || event.target !== place) return;
    const wide = map.times.length, x = cursor % wide, y = Math.floor(cursor / wide);
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.key === " " || event.key === "Enter") toggle(cursor);
    else if (event.key in steps) {
      const [dx, dy] = steps[event.key];
      const to_x = Math.min(wide - 1, Math.max(0, x + dx)), to_y = Math.min(wide - 1, Math.max(0, y + dy));
      cursor = to_y * wide + to_x;
      war.redraw();
      told();
    } else return;
    event.preventDefault();
  }
  function refresh() {
    const { locked } = memory.frontier;
    lock_place.replaceChildren(lock_button("frontier", true, refresh, below));
    if (locked) {
      for (const name of ["role", "tabindex", "aria-label"]) place.removeAttribute(name);
      const right = cells_right();
      const half = map.provoked.filter((share) => share > 0.5).length;
      after.replaceChildren(provoked);
      below.replaceChildren(h("div", { class: "reply", tabindex: -1 },
        h("p", {}, rich(say("frontier.reply", { right, count, wars: map.war.filter((share) => share > 0.5).length, half }))), paragraphs("frontier.lesson")));
      provoked.redraw();
    } else {
      filled(place, { role: "application", tabindex: 0, "aria-label": say("frontier.keys") }, []);
      after.replaceChildren(h("div", { class: "covered-map" }, h("p", {}, say("frontier.second"))));
      below.replaceChildren();
    }
    war.redraw();
  }
  return { elements: [paragraphs("frontier.intro"), h("div", { class: "pair" }, place, after), below], shown: refresh };
}
