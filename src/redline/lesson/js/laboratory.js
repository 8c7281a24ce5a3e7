// Free inquiry: one principal and its agents, three challenges to the argument, the sandbox.

const knob_at = (address) => LESSON.knobs.find((one) => one.address === address);
const value_in = (world, path) => path.reduce((part, key) => part[key], world);
const meaning = (address) => LESSON.words.parameters[address] ?? address;
// The numbers that a student changed, by their paths.
const changes = (values) => Object.entries(values).map(([address, value]) => [knob_at(address).path, value]);

// A slider for one number of the world: a hundred steps, one of them the value that it has.
function knob_slider(address, values, change, { full = false } = {}) {
  const knob = knob_at(address), base = value_in(LESSON.world, knob.path);
  const [low, high] = full
    ? [Math.min(knob.range[0], base), Math.max(knob.range[1], base)]
    : [knob.bounds[0], Math.min(knob.bounds[1], base ? 2 * base : knob.range[1])];
  const steps = knob.integer ? high - low : 100;
  const step_of = (value) => Math.round(((value - low) * steps) / (high - low));
  const value_of = (step) =>
    step === step_of(base) ? base : +(low + ((high - low) * step) / steps).toPrecision(6);
  return slider({
    label: capital(meaning(address)), hint: `${address} · ${knob.unit} · ${knob.source} · ${say("sandbox.here", { value: plain(base) })}`,
    min: 0, max: steps, step: 1, value: step_of(values[address] ?? base),
    show: (step) => plain(value_of(step)),
    change: (step) => change(address, value_of(step) === base ? undefined : value_of(step)),
  });
}

const without = (values, address, value) => {
  const next = { ...values, [address]: value };
  if (value === undefined) delete next[address];
  return next;
};

// Wars are rare where war costs what it does; here it costs half, so that there are some.
const LOYALTY_COST = LESSON.loyalty_cost;

// Screen 7: the principal and its agents.
function loyalty_screen() {
  const form = h("div", { class: "form" }), after = h("div"), path = ["militias", "loyalty"];
  const at = (times) => [...cost_values(LOYALTY_COST), [path, LESSON.loyalty.value * times]];
  let block = null, found = null, base = null, moved = null;
  const who = figure(
    (width) => bars({ width, rows: ["ordered_offensive", "campaign_after_orders", "campaign_beyond_orders"].map((key) => (
      { name: say(`loyalty.${key}`), count: moved[key], rung: 5 })) }),
    () => ({ title: say("loyalty.finding_moves", { wars: found.war.count, n: found.n, beyond: moved.campaign_beyond_orders }), caption: rests_on_block(block) }));
  const curve = curve_figure("loyalty", () => block, () => found, () => survival(base), () => ({ base: summary(base).war.count }));
  const stack = stack_figure(() => block, () => say("loyalty.finding_stack_base", { share: percent(found.provoked.share), base: percent(summary(base).provoked.share) }));

  function turn(value) {
    keep("loyalty", { value });
    block = ensemble(at(value));
    found = summary(block);
    moved = last_moves(block);
    for (const picture of [who, curve, stack]) picture.redraw();
  }
  function reply() {
    const { free, bound, n, difference } = LESSON.loyalty, [mean, low, high] = difference;
    const came = low > 0 ? "more" : high < 0 ? "fewer" : "same";
    const tenths = (share) => signed(100 * share, 1);
    return h("div", { class: "reply", tabindex: -1 },
      h("p", {}, rich(say(`loyalty.${came === "same" ? "close" : memory.loyalty.guess === came ? "right" : "wrong"}`, {
        guess: LESSON.words.loyalty.options[memory.loyalty.guess], came: LESSON.words.loyalty.options[came],
        free: percent(free), base: percent(bound), n: n.toLocaleString("en"), difference: tenths(mean), interval: `${tenths(low)} … ${tenths(high)}` }))),
      paragraphs("loyalty.lesson"));
  }
  function refresh() {
    const { guess, locked, value } = memory.loyalty;
    const set = (next) => {
      if (memory.loyalty.locked) return;
      keep("loyalty", { guess: next });
      draw_lock();
    };
    const lock_place = h("div", { class: "row" });
    const draw_lock = () => lock_place.replaceChildren(lock_button("loyalty", memory.loyalty.guess !== null, refresh, after));
    form.replaceChildren(
      choice({ legend: say("loyalty.ask"), name: "loyalty", options: LESSON.words.loyalty.options, value: guess, disabled: locked, change: set }),
      lock_place);
    draw_lock();
    if (!locked) return after.replaceChildren();
    base = ensemble(at(1));
    after.replaceChildren(reply(),
      times_slider("loyalty", turn),
      who, h("div", { class: "pair" }, curve, stack));
    turn(value);
  }
  return { elements: [paragraphs("loyalty.intro"), form, after], shown: refresh };
}

// Bans on every American strike, in all weeks: what restraint means in the third challenge.
const restrained = (world) => ({
  ...world,
  forbidden: [...world.forbidden, ...[3, 4, 5].map((rung) => ({ actor: WASHINGTON, rung, first: 0, last: Infinity, from_first_choice: false }))],
});

// Screens 8 and 9 show what screen 3 asks: they wait until that is locked.
const unlocked_first = () => h("p", { class: "notice first" }, say("predict_first"));

function show_when_locked(refresh) {
  const section = document.querySelector("main section");
  section.classList.toggle("waiting", !memory.guess.locked);
  if (memory.guess.locked) refresh();
}

// The three challenges: what is asked, and whether a world meets it.
const CHALLENGES = [
  {
    key: "deter",
    values: ({ found, base }) => ({ share: percent(found.provoked.share), goal: percent(base.provoked.share / 2), wars: found.war.count, most: Math.round(0.05 * found.n) }),
    met: ({ found, base }) => found.provoked.share <= base.provoked.share / 2 && found.war.share <= 0.05,
  },
  {
    key: "war",
    values: ({ found, cheap }) => ({ wars: found.war.count, n: found.n, costs: say(cheap ? "challenge.cheap" : "challenge.costly") }),
    met: ({ found, cheap }) => found.war.share > 0.5 && !cheap,
  },
  {
    key: "restraint",
    values: ({ found, calm, fewer, deaths }) => ({ wars: found.war.count, calm: calm.war.count, interval: `${signed(100 * fewer.low, 1)} … ${signed(100 * fewer.high, 1)}`, deaths: (100 * deaths[0]).toFixed(1), calm_deaths: (100 * deaths[1]).toFixed(1) }),
    met: ({ fewer, deaths }) => fewer.high < 0 && deaths[1] <= deaths[0],
  },
];

// What the challenges are judged by, for the world with some numbers changed.
function judged(values) {
  const found_block = ensemble(changes(values));
  const calm_block = simulate(restrained(found_block.world), memory.seed, LESSON.replicates);
  const war = (one) => one.confrontation_week >= 0;
  const rate = ({ measures }) => sum(measures.map((one) => one.fatal_attacks)) / sum(measures.map((one) => one.weeks_lived));
  return {
    block: found_block, found: summary(found_block), calm: summary(calm_block), base: summary(ensemble()),
    fewer: mean_difference(found_block.measures.map((one, r) => war(calm_block.measures[r]) - war(one))),
    deaths: [rate(found_block), rate(calm_block)],
    cheap: LESSON.cost.some(({ path, value }) => value_in(found_block.world, path) < value - 1e-9),
  };
}

// Screen 8: break the argument.
function challenge_screen() {
  const list = h("ol", { class: "challenges" }), sliders = h("div", { class: "sliders" }), after = h("div");
  let state = null, waiting = null;
  const stack = stack_figure(() => state.block, () => say("challenge.finding", { wars: state.found.war.count, n: state.found.n, share: percent(state.found.provoked.share) }));
  const dots_picture = class_figure(() => state.block, () => state.found);
  const storm = (key) => {
    const { rows, base } = LESSON.tornado[key];
    return figure((width) => tornado({ rows, base, width, names: rows.map(({ address }) => `${capital(meaning(address))} (${LESSON.words.groups[group_of(address)]})`) }), () => ({
      title: rows.every(({ low, high }) => low === base && high === base) ? say("challenge.tornado_nothing")
        : say(`challenge.tornado_${key}`, { first: meaning(rows[0].address) }),
      caption: `${say("challenge.tornado")} ${say("caption", { version: LESSON.version, n: LESSON.tornado.n, seed: LESSON.seed, weeks: LESSON.world.weeks })}` }));
  };
  const storms = [storm("war"), storm("provoked")];

  function change(address, value) {
    keep("challenge", { values: without(memory.challenge.values, address, value) });
    const block = ensemble(changes(memory.challenge.values));
    state = { ...state, block, found: summary(block) };
    stack.redraw();
    dots_picture.redraw();
    clearTimeout(waiting);
    waiting = setTimeout(judge, 250);
  }
  function judge() {
    state = judged(memory.challenge.values);
    const met = CHALLENGES.map((challenge) => challenge.met(state));
    const fresh = met.findIndex((one, i) => one && !memory.challenge.met.includes(i));
    const before = memory.challenge.met;
    keep("challenge", { met: [...new Set([...before, ...met.flatMap((one, i) => (one ? [i] : []))])].sort() });
    list.replaceChildren(...CHALLENGES.map(({ key, values }, i) =>
      h("li", { class: met[i] ? "met" : memory.challenge.met.includes(i) ? "was-met" : "" },
        h("h3", {}, say(`challenge.${key}.title`), " ", h("span", { class: "badge" }, say(met[i] ? "challenge.met" : memory.challenge.met.includes(i) ? "challenge.was_met" : "challenge.open"))),
        h("p", {}, say(`challenge.${key}.ask`)), h("p", { class: "now" }, say(`challenge.${key}.now`, values(state))))));
    if (fresh >= 0) announce(say("challenge.announce", { title: say(`challenge.${CHALLENGES[fresh].key}.title`) }));
    if (memory.challenge.met.length && !after.childElementCount) reveal();
  }
  function reveal() {
    after.replaceChildren(h("h3", {}, say("challenge.reveal")), ...paragraphs("challenge.lesson"), h("div", { class: "pair" }, storms));
    requestAnimationFrame(() => storms.forEach((one) => one.redraw()));
  }
  function draw_sliders() {
    sliders.replaceChildren(...LESSON.challenge.map((address) => knob_slider(address, memory.challenge.values, change)));
  }
  function refresh() {
    draw_sliders();
    after.replaceChildren();
    judge();
    stack.redraw();
    dots_picture.redraw();
  }
  const reset = () => {
    keep("challenge", { values: {} });
    refresh();
  };
  return {
    elements: [paragraphs("challenge.intro"), unlocked_first(),
      h("div", { class: "bench" }, h("div", { class: "knobs", tabindex: 0, role: "region", "aria-label": say("sandbox.knobs") }, sliders, h("div", { class: "row" }, button(say("reset"), reset, { class: "quiet" }), button(say("challenge.give_up"), reveal, { class: "quiet" }))),
        h("div", {}, list, dots_picture, stack)), after],
    shown: () => show_when_locked(refresh),
  };
}

const GROUPS = ["united_states", "iran", "militias", "learning", "environment", "militias.faction", "timeline", "ladder", "site"];
const group_of = (address) => {
  const long = GROUPS.find((group) => group.includes(".") && address.startsWith(`${group}.`));
  return long ?? address.split(".")[0];
};

// Screen 9: every number of the world.
function sandbox_screen() {
  let block = null, found = null, one = null, chosen = 0;
  const panel = h("div"), tools = h("div", { class: "row" }), detail = h("div");
  const pictures = {
    icons: class_figure(() => block, () => found),
    stacked: stack_figure(() => block, () => say("loyalty.finding_stack", provoked_words(found.provoked))),
    survival: figure((width) => survivals({ start: LESSON.world.start, curves: [{ points: survival(block), name: say("sandbox.curve") }], width }), () => ({
      title: say("sandbox.survival", { wars: found.war.count, n: found.n }), caption: rests_on_block(block, "band") })),
    strips: figure((width) => {
      const rows = Array.from({ length: block.count }, (_, r) => gravity(block, r));
      const weight = (cells) => Math.max(...cells) * 1e6 + sum(cells);
      return strips({ rows: rows.sort((a, b) => weight(b) - weight(a)), weeks: block.world.weeks, start: LESSON.world.start, width });
    }, () => ({ title: say("sandbox.strips", { n: found.n }), caption: rests_on_block(block, "sandbox.sorted") })),
  };
  const single = figure(
    (width) => ladder({ weeks: one.weeks[0].slice(0, one.lived[0]), horizon: one.world.weeks, start: one.world.start, over: Boolean(one.over[0]), width, orders: true, chosen, pick: why }),
    () => ({ title: say("sandbox.history", { replicate: memory.sandbox.replicate, attacks: one.measures[0].attacks, strikes: one.measures[0].strikes }), caption: `${say("play.key_orders")} ${rests_on({ n: 1, weeks: one.world.weeks })}` }));
  let step = null;

  function why(week) {
    chosen = week;
    forget(detail);
    detail.replaceChildren(why_panel(one.world, memory.seed, memory.sandbox.replicate, week));
    single.redraw();
  }
  function live_one() {
    one = history(changed(LESSON.world, changes(memory.sandbox.values)), memory.seed, memory.sandbox.replicate);
    chosen = Math.min(chosen, one.lived[0] - 1);
    step = slider({ label: say("play.look_at"), min: 1, max: one.lived[0], step: 1, value: chosen + 1, show: (week) => week_name(one.world, week - 1), change: (week) => why(week - 1) });
    which.nextSibling.replaceChildren(step);
    why(chosen);
  }
  function redraw() {
    block = ensemble(changes(memory.sandbox.values));
    found = summary(block);
    Object.values(pictures).forEach((picture) => picture.redraw());
  }
  let later = null;
  function change(address, value) {
    keep("sandbox", { values: without(memory.sandbox.values, address, value) });
    redraw();
    clearTimeout(later);
    later = setTimeout(live_one, 250);
  }
  const which = slider({ label: say("sandbox.which"), min: 0, max: LESSON.replicates - 1, step: 1, value: memory.sandbox.replicate, show: String, change: (replicate) => {
    keep("sandbox", { replicate });
    live_one();
  } });

  function csv() {
    const names = Object.keys(block.measures[0]).filter((name) => name !== "outcome");
    const cells = (one) => names.flatMap((name) => one[name]);
    const heads = names.flatMap((name) => (Array.isArray(block.measures[0][name]) ? block.measures[0][name].map((_, i) => `${name}.${i}`) : name));
    const rows = block.measures.map((one, r) => [r, LESSON.class_names[one.outcome], ...cells(one)].join(","));
    save_as(`${LESSON.world.name}-seed${memory.seed}.csv`, new Blob([["replicate,class," + heads.join(","), ...rows].join("\n") + "\n"], { type: "text/csv" }));
  }
  function draw_panel() {
    const groups = new Map();
    for (const { address } of LESSON.knobs) {
      const group = group_of(address);
      groups.set(group, [...(groups.get(group) ?? []), address]);
    }
    panel.replaceChildren(...[...groups].map(([group, addresses]) => {
      const touched = addresses.filter((address) => address in memory.sandbox.values).length;
      const box = h("details", { open: touched > 0 }, h("summary", {}, say(`groups.${group.replace(".", "_")}`), touched ? ` (${touched})` : ""));
      const fill = () => box.open && box.childElementCount === 1 && box.append(...addresses.map((address) => knob_slider(address, memory.sandbox.values, change, { full: true })));
      box.addEventListener("toggle", fill);
      fill();
      return box;
    }));
  }
  function refresh() {
    draw_panel();
    which.set(memory.sandbox.replicate);
    redraw();
    live_one();
  }
  tools.append(
    button(say("sandbox.link"), copy_link), button(say("sandbox.csv"), csv),
    ...Object.keys(pictures).map((name) => button(say("sandbox.png", { picture: LESSON.words.pictures[name] }), () => save_png(pictures[name], `${LESSON.world.name}-${name}.png`), { class: "quiet" })),
    button(say("reset"), () => {
      keep("sandbox", { values: {} });
      refresh();
    }, { class: "quiet" }));
  return {
    elements: [paragraphs("sandbox.intro"), unlocked_first(),
      h("div", { class: "bench" }, h("div", { class: "knobs", tabindex: 0, role: "region", "aria-label": say("sandbox.knobs") }, panel), h("div", {}, Object.values(pictures))),
      tools, h("h3", {}, say("sandbox.single")), which, h("div"), single, detail],
    shown: () => show_when_locked(refresh),
  };
}

async function copy_link() {
  remember_now();
  try {
    await navigator.clipboard.writeText(location.href);
    announce(say("link.copied"));
    toast(say("link.copied"));
  } catch {
    toast(say("link.by_hand"));
  }
}
