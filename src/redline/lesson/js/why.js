// Why: the terms behind a choice, from the same rules with which it was made.

// Everything that the choices of one week rested on. Returns one entry an actor: Tehran,
// every militia in order, Washington.
function explain(world, seed, replicate, week) {
  const before = new Block(world, seed, replicate, 1, { moves: true }).live(0, week);
  const { plan, schedule, factions, script } = before.encoded;
  const now = schedule[week], drivers = now.drivers[0], sight = seen({ state: before.states[0], events: make_Events() }, 0);
  const barred = before.states[0].barred.map(([mask]) => mask);
  const capability = before.capability[0].map(([armed]) => armed);
  const reach = within_reach(before.encoded, capability);
  before.live(week, week + 1);
  const lived = before.weeks[0][week], moves = before.moves[0][week];
  const draw = (slot) => {
    const pair = draws(seed_words(seed), replicate, week, Math.floor(slot / 2));
    return slot % 2 ? pair.odd : pair.even;
  };

  const tehran = () => {
    const allowed = now.allowed[TEHRAN] & ~barred[TEHRAN];
    const reviewed = draw(1) < plan.iran.review || !((allowed >> sight.directive) & 1);
    const chosen = lived.directive, forced = now.directive >= 0;
    sight.talks = lived.talks;
    if (!reviewed && !forced) return { actor: TEHRAN, name: LESSON.words.actors[TEHRAN], idle: true, chosen, reach };
    const terms = EVERY_RUNG.map((k) => directive_terms(plan, drivers, sight, k));
    return { ...choice_of(TEHRAN, LESSON.words.actors[TEHRAN], terms, allowed, plan.iran.rationality, draw(2), chosen, forced), reach };
  };
  const militia = (name, i) => {
    const forced = Boolean(script.length) && script[week][i].rung >= 0;
    if (!forced && draw(4 + 4 * i) >= plan.opportunity) return { actor: MILITIAS, name, idle: true, chosen: 0 };
    const stance = stance_of(plan, world.factions[factions[i]]), armed = capability[factions[i]];
    sight.directive = lived.directive;
    const terms = EVERY_RUNG.map((k) => provocation_terms(plan, drivers, sight, stance, k));
    let allowed = now.allowed[MILITIAS] & ~barred[MILITIAS];
    for (const k of EVERY_RUNG) if (plan.provocations[k].capability > armed) allowed &= ~(1 << k);
    return choice_of(MILITIAS, name, terms, allowed, plan.militias.rationality, draw(5 + 4 * i), moves[i].rung, forced);
  };
  const washington = () => {
    sight.crossings = lived.crossings;
    sight.pressure = pressure_felt(plan.united_states, sight.pressure, lived.severity, lived.crossings);
    const terms = EVERY_RUNG.map((k) => response_terms(plan, drivers, sight, sight, k));
    const allowed = now.allowed[WASHINGTON] & ~barred[WASHINGTON];
    return choice_of(WASHINGTON, LESSON.words.actors[WASHINGTON], terms, allowed, plan.united_states.rationality, draw(3), lived.response, now.response >= 0);
  };
  return [tehran(), ...militia_names(world).map(militia), washington()];
}

function choice_of(actor, name, terms, allowed, rationality, draw, chosen, forced) {
  const utilities = terms.map((one) => total(one));
  const weights = logit_weights(utilities, allowed, rationality), all = total(weights);
  return {
    actor, name, terms: terms.map((one) => one.values()), fields: terms[0].constructor.fields,
    utilities, probabilities: weights.map((w) => (all ? w / all : 0)), allowed, draw, chosen, forced,
  };
}

// The rungs for which some militia has the arms, as bits: Tehran's orders may go beyond.
const within_reach = ({ plan }, capability) =>
  plan.provocations.reduce((mask, rung, k) => (capability.some((armed) => rung.capability <= armed) ? mask | (1 << k) : mask), 0);
const ANY_REACH = 63;

const act_words = { [WASHINGTON]: "answered", [TEHRAN]: "ordered", [MILITIAS]: "provoked" };
const beyond = (actor, rung, reach) => (actor === TEHRAN && !((reach >> rung) & 1) ? "_beyond" : "");
const act = (actor, rung, reach = ANY_REACH) => LESSON.words[act_words[actor] + beyond(actor, rung, reach)][rung];
const option = (actor, rung, reach = ANY_REACH) =>
  LESSON.words[actor === WASHINGTON ? "response_options" : `provocation_options${beyond(actor, rung, reach)}`][rung];

// One sentence: what was chosen over what, and which terms made the difference.
function why_sentence(told) {
  const who = capital(told.name), { actor, chosen, reach } = told;
  if (told.idle) {
    return actor === TEHRAN ? say("why.left", { option: option(TEHRAN, chosen, reach) }) : say("why.no_opportunity", { who });
  }
  const done = act(actor, chosen, reach);
  if (told.forced) return say("why.forced", { who, act: done });
  const others = EVERY_RUNG.filter((k) => (told.allowed >> k) & 1 && k !== chosen);
  if (!others.length) return say("why.nothing_else", { who, act: done });
  const rival = others.reduce((best, k) => (told.utilities[k] > told.utilities[best] ? k : best));
  const gap = told.utilities[chosen] - told.utilities[rival];
  const gains = told.fields
    .map((field, i) => [told.terms[chosen][i] - told.terms[rival][i], LESSON.words.terms[field]])
    .filter(([gain]) => Math.abs(gain) >= 0.005);
  const sorted = gains.sort(([a], [b]) => b - a);
  const reasons = [...sorted.slice(0, 1).filter(([gain]) => gain > 0), ...sorted.slice(-1).filter(([gain]) => gain < 0)];
  const why = reasons.map(([gain, term]) => `${term} ${signed(gain)}`).join(say("why.against")) || say("why.nothing_between");
  if (gap >= 0) return say("why.rather", { who, act: done, option: option(actor, rival, reach), why });
  const chance = told.probabilities[chosen];
  return say(gap > -0.005 ? "why.alike" : "why.although", {
    who, act: done, option: option(actor, rival, reach), more: (-gap).toFixed(2), why,
    chance: chance >= 0.01 ? `${(100 * chance).toFixed(0)} %` : say("why.rarely"),
  });
}

// The choices of a week: a sentence for each actor, and its terms on demand.
function why_panel(world, seed, replicate, week, own = null) {
  const told = explain(world, seed, replicate, week);
  return h("div", { class: "why" },
    h("h3", {}, say("why.title", { week: week_name(world, week) })),
    told.map((one) => {
      const sentence = one.forced && one.actor === own
        ? say("why.yours", { act: act(one.actor, one.chosen, one.reach) }) : why_sentence(one);
      if (one.idle || one.forced) return h("p", { class: "idle" }, sentence);
      const names = rung_names(one.actor);
      const picture = figure(
        (width) => worth({ fields: one.fields, rows: one.terms, names, chosen: one.chosen, width }),
        () => ({ title: say("why.worth", { who: capital(one.name) }), caption: say("why.caption") }),
        { table: () => terms_table(one, names) });
      const details = h("details", {}, h("summary", {}, sentence), term_key(one), picture);
      details.addEventListener("toggle", () => details.open && picture.redraw());
      return details;
    }));
}

const term_key = ({ fields }) =>
  h("ul", { class: "key" }, fields.map((field, i) =>
    h("li", {}, h("i", { class: `swatch t${i}` }), LESSON.words.terms[field])));

function terms_table({ fields, terms, utilities, probabilities, allowed }, names) {
  const row = (label, values) => h("tr", {}, h("th", { scope: "row" }, label), values.map((v) => h("td", {}, v)));
  return h("table", {},
    h("thead", {}, h("tr", {}, h("th", {}, say("why.term")), names.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {},
      fields.map((field, i) => row(LESSON.words.terms[field], terms.map((values) => signed(values[i])))),
      row(say("why.sum"), utilities.map((value) => signed(value))),
      row(say("why.probability"), probabilities.map((p, k) => ((allowed >> k) & 1 ? percent(p) : "–")))));
}
