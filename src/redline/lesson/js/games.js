// Playing: a game is a list of moves. What came of them is lived again each time, with the
// moves forced and everybody else free, under the chance of replicate 0 of the seed.

const { n: FUTURES, first: FIRST_FUTURE, weeks: YEAR } = LESSON.futures;

// The game's world with moves of one seat forced, in place of those that a scenario forces.
const with_moves = (world, seat, moves, weeks = world.weeks) => ({
  ...world,
  weeks,
  forced: [
    ...world.forced.filter(({ week, actor }) => actor !== seat && week < weeks),
    ...moves.map((rung, week) => ({ week, actor: seat, militia: null, rung, site: null, killed: null })),
  ],
});

const game_world = () => ({
  ...LESSON.game,
  weeks: LESSON.game_weeks,
  forced: LESSON.game.forced.filter(({ week }) => week < LESSON.game_weeks),
});

// A game after some moves. The week that comes next is lived as the computer would have it:
// what happens before the seat's choice does not depend on that.
class Game {
  constructor(seat, moves, seed) {
    const world = with_moves(game_world(), seat, moves);
    Object.assign(this, { seat, moves, seed, world });
    this.block = history(world, seed);
    this.week = moves.length;
    this.war = Boolean(this.block.over[0]) && this.block.lived[0] <= this.week;
    this.done = this.war || this.week >= world.weeks;
    this.played = this.block.weeks[0].slice(0, this.war ? this.block.lived[0] : this.week);
  }

  get next() {
    return this.block.weeks[0][this.week];
  }

  // How many of a hundred futures from here come to war within a year, the computer playing on.
  wars_ahead() {
    const end = this.week + YEAR, long = with_moves(LESSON.game, this.seat, this.moves, end);
    const lead = new Block(long, this.seed, 0, 1).live(0, this.week);
    const crowd = new Block(long, this.seed, 0, FUTURES);
    for (let r = 0; r < FUTURES; r++) {
      crowd.states[r] = { ...structuredClone(lead.states[0]), replicate: [FIRST_FUTURE + r] };
      crowd.capability[r] = structuredClone(lead.capability[0]);
      crowd.lives[r] = lead.lives[0];
    }
    crowd.live(this.week, end);
    return sum(crowd.states.map((state) => state.over[0]));
  }

  // The rungs for which some militia had the arms in a week.
  reach(week) {
    const before = new Block(this.world, this.seed, 0, 1).live(0, week);
    return within_reach(before.encoded, before.capability[0].map(([armed]) => armed));
  }

  // What the seat's options are worth to it in the week that comes: what is forced is weighed.
  weighed() {
    const told = explain(with_moves(this.world, this.seat, [...this.moves, 0]), this.seed, 0, this.week);
    return told.at(this.seat === TEHRAN ? 0 : -1);
  }

  result() {
    const of = (value) => this.played.map(value);
    return {
      strikes: strikes_of(this.played), deaths: sum(of((week) => week.fatal)), attacks: sum(of((week) => sum(week.attacks))),
      highest: Math.max(0, ...of((week) => week.response)), leverage: Math.max(0, ...of((week) => week.leverage)),
      war: this.war, weeks: this.played.length,
    };
  }
}

const strikes_of = (weeks) => weeks.filter(({ response }) => response >= 3).length;

// The rungs that are open to a seat in the coming week.
const open_to = (game) => open_rungs(game.world.forbidden, game.seat, Math.min(game.week, game.world.weeks - 1));

// What the militias did in a week, in sentences.
function news(world, week, moves) {
  const names = militia_names(world), told = [];
  moves.forEach(({ rung, site, killed }, i) => {
    if (rung === 0) return;
    const values = { who: capital(names[i]), act: LESSON.words.provoked[rung], site: LESSON.words.sites[site] ?? "" };
    const what = say(site >= 0 ? "news.attack" : "news.act", values);
    told.push(killed ? say("news.killed", { what }) : `${what}.`);
  });
  if (!told.length) told.push(say("news.quiet"));
  if (week.crossings) told.push(say("news.crossed"));
  return told;
}

// A screen on which one seat is played.
function game_screen(seat) {
  const key = seat === WASHINGTON ? "washington" : "tehran";
  let game = null, chosen = null, replaying = 0;
  const situation = h("div", { class: "situation" });
  const options = h("div", { class: "options", role: "group", "aria-label": say(`${key}.options`) });
  const meters = h("div", { class: "meters" });
  const log = h("ol", { class: "log", reversed: true, tabindex: 0, "aria-label": say("log") });
  const after = h("div", { class: "after" });
  const picture = figure(
    (width) => ladder({
      weeks: [...game.played, ...(game.done ? [] : [coming()])], start: game.world.start,
      horizon: game.world.weeks, over: game.war, width, orders: seat === TEHRAN,
      chosen: game.done ? chosen : game.week, pick: game.done ? show_week : null,
    }),
    () => ({
      title: say(game.war ? "play.finding_war" : game.week ? "play.finding" : "play.finding_start", { weeks: game.played.length, ...game.result() }),
      caption: `${say(seat === TEHRAN ? "play.key_orders" : "play.key")} ${rests_on({ n: 1, weeks: game.world.weeks })}`,
    }));
  // What a player may see of the week that comes.
  const coming = () => ({
    ...game.next, response: null, directive: null,
    provocation: seat === WASHINGTON ? game.next.provocation : 0, crossings: seat === WASHINGTON ? game.next.crossings : 0,
  });

  const choose = (rung) => {
    if (game.done || !((open_to(game) >> rung) & 1)) return;
    memory[key] = [...memory[key], rung];
    remember();
    refresh();
    const last = game.played.at(-1);
    announce([told_of(last, game.played.length - 1).join(" "), game.done ? say("play.over") : situation.textContent].join(" "));
    if (game.done) after.querySelector("button, input")?.focus();
  };
  // What the player learns of a week that has been lived.
  const told_of = (week, number) => seat === WASHINGTON
    ? [say("log_washington", { act: LESSON.words.answered[week.response] })]
    : [...news(game.world, week, game.block.moves[0][number]), say("log_washington", { act: LESSON.words.answered[week.response] })];
  const entry = (week, number) => h("li", { value: number + 1 },
    h("b", {}, week_name(game.world, number)), " ",
    (seat === WASHINGTON ? [...news(game.world, week, game.block.moves[0][number]), ...told_of(week, number)]
      : [say("log_tehran", { act: act(TEHRAN, week.directive, game.reach(number)) }), ...told_of(week, number)]).join(" "));

  function show_week(week) {
    chosen = week;
    draw_after();
    picture.redraw();
  }

  function draw_situation() {
    if (game.done) {
      situation.replaceChildren(h("p", { class: "lead" }, say(game.war ? "play.ended_war" : "play.ended", { weeks: game.played.length })));
      return;
    }
    const talks = game.next.talks ? say("play.talks_on") : say("play.talks_off");
    situation.replaceChildren(
      h("p", { class: "when" }, say("play.when", { week: game.week + 1, weeks: game.world.weeks, date: week_name(game.world, game.week) })),
      h("p", { class: "news" }, (seat === WASHINGTON ? news(game.world, game.next, game.block.moves[0][game.week]) : []).join(" "), " ", talks));
  }

  function draw_options() {
    options.hidden = game.done;
    const focused = options.contains(document.activeElement) ? document.activeElement.dataset.rung : null;
    const worths = seat === TEHRAN && !game.done ? game.weighed().utilities : null;
    options.replaceChildren(...EVERY_RUNG.map((rung) =>
      h("button", { type: "button", class: `option b-${rung_class(rung)}`, "data-rung": rung, disabled: game.done || !((open_to(game) >> rung) & 1), onclick: () => choose(rung) },
        h("kbd", {}, rung), h("span", { class: "name" }, capital(rung_name(seat, rung))),
        h("small", {}, LESSON.words[key].about[rung]),
        worths && h("small", { class: "worth" }, say("tehran.worth", { value: signed(worths[rung]) })))));
    if (focused !== null) options.querySelector(`[data-rung="${focused}"]:not(:disabled)`)?.focus();
  }

  function draw_meters() {
    meters.hidden = game.done;
    if (game.done) return;
    const last = game.played.at(-1), wars = game.wars_ahead();
    const highest = Math.max(2, ...game.played.map((week) => week.pressure));
    const meter = (label, share, words) => h("div", { class: "meter" },
      h("span", {}, label), h("div", { class: "gauge", role: "img", "aria-label": `${label}: ${words}` }, h("i", { style: `width:${100 * Math.min(1, share)}%` })), h("b", {}, words));
    meters.replaceChildren(
      meter(say("play.war_meter"), wars / FUTURES, say("play.futures", { wars, n: FUTURES })),
      seat === WASHINGTON
        ? meter(say("play.weak_meter"), (last?.pressure ?? 0) / highest, say("play.weak", { now: (last?.pressure ?? 0).toFixed(2), highest: highest.toFixed(2) }))
        : meter(say("play.leverage_meter"), last?.leverage ?? 0, percent(last?.leverage ?? 0)));
  }

  function draw_after() {
    if (!game.done) {
      after.replaceChildren(...(seat === TEHRAN ? [own_terms()] : []));
      return;
    }
    const week = chosen ?? game.played.length - 1;
    const step = slider({
      label: say("play.look_at"), min: 1, max: game.played.length, step: 1, value: week + 1,
      show: (value) => week_name(game.world, value - 1), change: (value) => show_detail(value - 1),
    });
    const detail = h("div");
    const show_detail = (number) => {
      chosen = number;
      const panel = why_panel(game.world, game.seed, 0, number, seat);
      forget(detail);
      detail.replaceChildren(h("ol", { class: "log one" }, entry(game.played[number], number)), panel);
      picture.redraw();
    };
    after.replaceChildren(
      comparison(seat, game), h("p", {}, say(`${key}.next`)),
      h("div", { class: "row" }, button(say("play.replay"), () => replay(step, show_detail)), button(say("play.again"), again, { class: "quiet" })),
      step, detail);
    show_detail(week);
  }

  // What the options are worth to Tehran: the payoffs that its player sees.
  function own_terms() {
    const told = game.weighed(), names = rung_names(TEHRAN);
    const chart = figure((width) => worth({ fields: told.fields, rows: told.terms, names, chosen: null, width }),
      () => ({ title: say("tehran.payoffs"), caption: say("why.caption") }), { table: () => terms_table(told, names) });
    requestAnimationFrame(chart.redraw);
    return h("div", {}, term_key(told), chart);
  }

  // Walk through the weeks; at once to the end where motion is not wanted.
  function replay(step, show_detail) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let number = 0;
    const run = (replaying += 1);
    const tick = () => {
      if (run !== replaying || !step.isConnected || number >= game.played.length) return;
      step.set(number + 1);
      show_detail(number++);
      setTimeout(tick, 700);
    };
    if (still) {
      step.set(1);
      show_detail(0);
      step.input.focus();
    } else tick();
  }

  function again() {
    memory[key] = [];
    chosen = null;
    remember();
    refresh();
    options.querySelector("button:not(:disabled)")?.focus();
  }

  function refresh() {
    game = new Game(seat, memory[key], memory.seed);
    if (chosen >= game.played.length) chosen = null;
    forget(after);
    draw_situation();
    draw_options();
    draw_meters();
    log.replaceChildren(...game.played.map(entry).reverse());
    draw_after();
    picture.redraw();
  }

  return {
    elements: [
      paragraphs(`${key}.intro`),
      h("div", { class: "board" },
        h("div", { class: "main" }, situation, options, picture),
        h("aside", {}, meters, h("h3", {}, say("log")), log)),
      after,
    ],
    shown: refresh,
    keys: (event) => {
      if (event.key >= "0" && event.key <= "5" && !event.target.matches("input, textarea")) choose(+event.key);
    },
  };
}

// The numbers of one's own game beside those of the computer under the same chance.
function comparison(seat, game) {
  const computer = new Game(seat, [], memory.seed);
  const theirs = Object.assign(Object.create(Game.prototype), computer, {
    played: computer.block.weeks[0].slice(0, computer.block.lived[0]), war: Boolean(computer.block.over[0]),
  }).result();
  const { rows, columns, war } = LESSON.words.terminal;
  const figures = (one) => [one.weeks, war[+one.war], one.attacks, one.deaths, one.strikes, percent(one.leverage)];
  const mine = figures(game.result()), other = figures(theirs);
  return h("table", { class: "comparison" },
    h("caption", {}, say("play.compare")),
    h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rows.map((name, i) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, mine[i]), h("td", {}, other[i])))));
}

// One's own game among those of computers in other crises of the same world.
function among_screen() {
  let block = null, own = null, game = null, rank = 0, order = [];
  const picture = figure(
    (width) => strips({ rows: order, own: rank, weeks: LESSON.game_weeks, start: LESSON.game.start, width }),
    () => ({ title: finding(), caption: `${say("among.key")} ${rests_on({ n: block.count, weeks: LESSON.game_weeks })}` }));
  const words = h("div"), start = h("p", { class: "notice" }, say("among.play_first"));

  function finding() {
    const { war } = summary(block);
    return say("among.finding", war_words(war));
  }
  function refresh() {
    game = new Game(WASHINGTON, memory.washington, memory.seed);
    start.hidden = game.done;
    words.hidden = picture.hidden = !game.done;
    if (!game.done) return;
    // Replicate 0 is the crisis that was played.
    block = simulate(game_world(), memory.seed, LESSON.replicates, { first: 1 });
    const rows = Array.from({ length: block.count }, (_, r) => gravity(block, r));
    own = game.played.map((week) => Math.max(week.provocation, week.response));
    if (game.war) own = [...own.slice(0, -1), ...new Array(LESSON.game_weeks - own.length + 1).fill(WAR)];
    const weight = (cells) => cells.reduce((sum, k) => sum + 7 ** k, 0);
    order = [...rows, own].sort((a, b) => weight(b) - weight(a));
    rank = order.indexOf(own);
    const counts = block.weeks.map((weeks, r) => strikes_of(weeks.slice(0, block.lived[r]))).sort((a, b) => a - b);
    const mine = strikes_of(game.played);
    words.replaceChildren(...paragraphs("among.reply", {
      graver: order.filter((cells) => weight(cells) > weight(own)).length, n: block.count, strikes: mine, median: counts[Math.floor(counts.length / 2)],
      fewer: counts.filter((count) => count < mine).length,
    }));
    picture.redraw();
  }
  return { elements: [paragraphs("among.intro"), start, picture, words], shown: refresh };
}
