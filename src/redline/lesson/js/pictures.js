// Pictures, as SVG at a given width in pixels. Colours mean the same thing in all of them.

const WAR = 6;
const rung_class = (k) => (k === WAR ? "war" : `r${k}`);
const text = (x, y, words, attributes = {}) => s("text", { x, y, ...attributes }, words);
const line = (x1, y1, x2, y2, attributes = {}) => s("line", { x1, y1, x2, y2, ...attributes });
const rect = (x, y, width, height, name) => s("rect", { x, y, width, height, class: name });
const path = (d, name) => s("path", { d, class: name });
const tick = (anchor = null) => ({ class: "tick", "text-anchor": anchor });
// Where the words of an axis are anchored, so that those at its ends stay within it.
const within = (first, last) => (first ? "start" : last ? "end" : "middle");
// The place of a value from 0 to the most, between two others.
const along = (from, to, most) => (value) => from + (value * (to - from)) / most;
const svg = (width, height, ...children) =>
  s("svg", { width, height, viewBox: `0 0 ${width} ${height}` }, children);
// Weeks to be named along an axis: the first, and others with room between them. Over a year
// and more they are named by their month, where the world has a start.
const by_month = (weeks, start) => start && weeks >= 40;
function ticks(weeks, x, start) {
  const steps = [1, 2, 4, 8, 13, 26, 52, 104, 260, 520];
  const room = by_month(weeks, start) ? 84 : 46;
  const step = steps.find((one) => x(one) - x(0) >= room) ?? 520;
  const all = Array.from({ length: Math.ceil(weeks / step) }, (_, i) => i * step);
  return by_month(weeks, start) ? all.filter((week) => week === 0 || x(weeks) - x(week) > 60)
    : all.filter((week) => week === 0 || x(week) - x(0) > 50);
}
function week_axis(weeks, x, y, start = null) {
  if (!by_month(weeks, start)) {
    return ticks(weeks, x, start).map((week) =>
      text(x(week + 0.5), y, week ? week + 1 : say("week", { week: 1 }), tick(week ? "middle" : "start")));
  }
  const names = new Intl.DateTimeFormat(LESSON.words.language, { month: "short", year: "numeric", timeZone: "UTC" });
  return ticks(weeks, x, start).map((week) =>
    text(x(week), y, names.format(Date.parse(`${start}T00:00:00Z`) + week * 604800000), tick("start")));
}
// An axis of shares, from 0 to 1.
const share_axis = (y, left, right) =>
  [0, 0.25, 0.5, 0.75, 1].map((share) => [
    line(left, y(share), right, y(share), { class: "grid" }),
    text(left - 6, y(share) + 4, percent(share), tick("end")),
  ]);

// Gravity of a week: its highest rung on either ladder; war from the week in which it began.
const gravity = (block, r) =>
  block.weeks[r].map((week, number) => {
    const over = block.over[r] && number >= block.lived[r] - 1;
    if (over) return WAR;
    return number < block.lived[r] ? Math.max(week.provocation, week.response) : 0;
  });

// The mirrored ladder: provocations rise above the axis of weeks, responses fall below it.
// `weeks` are those lived; `horizon` is how many there are to be; `orders` draws what Tehran
// ordered; `pick(week)` is called when a week is pressed.
function ladder({ weeks, horizon, start = null, over = false, width, orders = false, chosen = null, pick = null }) {
  const small = width < 560, left = small ? 90 : 108, right = 8, step = small ? 17 : 18, top = 22;
  const axis = top + 5 * step, gap = 15, below = axis + gap, height = below + 5 * step + 30;
  const x = along(left, width - right, horizon);
  const bar = Math.max(1, x(1) - x(0) - (x(1) - x(0) > 6 ? 2 : 0.4));
  const marks = [];
  for (let k = 1; k < RUNGS; k++) {
    const up = axis - k * step, down = below + k * step;
    marks.push(line(left, up, width - right, up, { class: "grid" }));
    marks.push(line(left, down, width - right, down, { class: "grid" }));
    marks.push(text(left - 8, up + 5, rung_name(MILITIAS, k), { class: "rung", "text-anchor": "end" }));
    marks.push(text(left - 8, down + 5, rung_name(WASHINGTON, k), { class: "rung", "text-anchor": "end" }));
  }
  weeks.forEach((week, number) => {
    const at = x(number) + (x(1) - x(0) - bar) / 2;
    const { provocation: p, response: a } = week;
    marks.push(rect(at, axis - Math.max(2, p * step), bar, Math.max(2, p * step), rung_class(p)));
    if (a !== null) marks.push(rect(at, below, bar, Math.max(2, a * step), rung_class(a)));
    if (week.talks) marks.push(rect(x(number), axis + gap / 2 - 1.5, x(1) - x(0), 3, "talks"));
    if (week.crossings) marks.push(text(at + bar / 2, axis - p * step - 5, "◆", { class: "crossing", "text-anchor": "middle" }));
  });
  if (orders && weeks.length) {
    const steps = weeks.filter(({ directive }) => directive !== null).map(({ directive }, n) => `${n ? "L" : "M"}${x(n)} ${axis - directive * step}H${x(n + 1)}`);
    marks.push(path(steps.join(""), "orders"));
  }
  if (over) {
    const from = x(weeks.length);
    marks.push(rect(from - 2, top - 14, Math.max(6, width - right - from + 2), below + 5 * step - top + 14, "war edge"));
    const room = width - right - from > 74;
    marks.push(room ? text(from + 6, top + 6, say("open_war"), { class: "label on-war" })
      : text(from - 8, top - 4, say("open_war"), { class: "label", "text-anchor": "end" }));
  }
  if (chosen !== null) {
    marks.push(rect(x(chosen), top - 4, x(1) - x(0), below + 5 * step - top + 8, "chosen"));
  }
  marks.push(week_axis(horizon, x, below + 5 * step + 20, start));
  const drawn = svg(width, height, marks);
  if (pick) {
    drawn.classList.add("pickable");
    drawn.addEventListener("click", (event) => {
      const week = Math.floor(((event.clientX - drawn.getBoundingClientRect().left - left) * horizon) / (width - left - right));
      if (week >= 0 && week < weeks.length) pick(week);
    });
  }
  return drawn;
}

// Both ladders, mirrored: the names of their rungs, and what each stands for.
function bare_ladders({ width }) {
  const small = width < 560, step = small ? 26 : 28, names = small ? 122 : 136, column = small ? 40 : Math.min(330, width * 0.34);
  const top = 6, axis = top + RUNGS * step, below = axis + 22, height = below + RUNGS * step + 8;
  const rows = EVERY_RUNG.flatMap((k) => [
    { k, y: axis - (k + 1) * step, name: rung_name(MILITIAS, k), about: LESSON.words.tehran.about[k] },
    { k, y: below + k * step, name: rung_name(WASHINGTON, k), about: LESSON.words.washington.about[k] }]);
  return svg(width, height, line(0, axis + 11, width, axis + 11, { class: "axis" }),
    rows.map(({ k, y, name, about }) => [
      text(names - 10, y + step / 2 + 5, `${capital(name)} ${k}`, { class: "label", "text-anchor": "end" }),
      s("rect", { x: names, y: y + 3, width: column * (0.1 + 0.18 * k), height: step - 6, rx: 3, class: `${rung_class(k)} edge` }),
      text(names + column + 12, y + step / 2 + 5, about, tick())]));
}

// Strips: one thin row for each history, coloured by its gravity; `own` is outlined.
function strips({ rows, own = null, weeks, width, start = null }) {
  const left = 8, right = 8, row = rows.length > 120 ? 2 : 3, top = 8;
  const x = along(left, width - right, weeks);
  const extra = own === null ? 0 : 12;
  const y = (r) => top + r * row + (own !== null && r > own ? extra : 0) + (own === r ? extra / 2 - row : 0);
  const paths = new Array(WAR + 1).fill("");
  rows.forEach((cells, r) => {
    const high = r === own ? row + 5 : row - 0.4;
    for (let from = 0; from < cells.length; ) {
      let to = from;
      while (to < cells.length && cells[to] === cells[from]) to++;
      paths[cells[from]] += `M${x(from).toFixed(1)} ${y(r)}H${x(to).toFixed(1)}v${high}H${x(from).toFixed(1)}z`;
      from = to;
    }
  });
  const height = top + rows.length * row + extra + 26;
  const marks = paths.map((d, k) => d && path(d, rung_class(k))).filter(Boolean);
  if (own !== null) {
    marks.push(rect(left - 2, y(own) - 2, width - left - right + 4, row + 9, "own"));
  }
  return svg(width, height, marks, week_axis(weeks, x, height - 6, start));
}

const CLASS_RUNGS = [1, 2, 4, WAR];

// Icons: a dot for each history, sorted by its class; the guess stands beside, on the scale.
function icons({ classes, guess = null, width }) {
  const total = sum(classes), deep = 10, columns = Math.ceil(total / deep);
  const left = 10, right = 10, cell = (width - left - right) / columns, r = Math.min(9, cell * 0.4);
  const tall = 2 * r + 4, top = 8;
  const dots = [];
  let place = 0;
  for (const k of [3, 2, 1, 0]) {
    for (let i = 0; i < classes[k]; i++, place++) {
      dots.push(s("circle", {
        cx: left + (Math.floor(place / deep) + 0.5) * cell, cy: top + ((place % deep) + 0.5) * tall, r,
        class: `${rung_class(CLASS_RUNGS[k])} edge`,
      }));
    }
  }
  const war = classes[CONFRONTATION];
  const scale = top + deep * tall + 12, x = (count) => left + (count * cell) / deep;
  const marks = [line(x(0), scale, x(total), scale, { class: "axis" })];
  if (war) marks.push(line(x(0), scale, x(war), scale, { class: "war-bracket" }));
  for (const count of [0, total / 4, total / 2, (3 * total) / 4, total]) {
    marks.push(line(x(count), scale, x(count), scale + 5, { class: "axis" }));
    marks.push(text(x(count), scale + 20, count, tick(within(count === 0, count === total))));
  }
  if (guess !== null) {
    const side = guess > total / 2 ? "end" : "start";
    marks.push(path(`M${x(guess)} ${scale + 26}l-6 11h12z`, "guess"));
    marks.push(text(x(guess) + (side === "end" ? -10 : 10), scale + 38, say("your_guess", { guess }), { class: "label", "text-anchor": side }));
  }
  return svg(width, scale + 48, dots, marks);
}

// Classes as a key with counts: a swatch and a name for each.
const class_key = (classes) =>
  h("ul", { class: "key" }, [3, 2, 1, 0].map((k) =>
    h("li", {}, h("i", { class: `swatch b-${rung_class(CLASS_RUNGS[k])}` }),
      say("class_count", { name: LESSON.words.classes[k], count: classes[k] }))));

// Rung shares over time, stacked, among the histories still at risk in each week.
function stacked({ block, width }) {
  const left = 46, right = width < 560 ? 74 : 96, top = 10, tall = 190, bottom = top + tall;
  const { weeks } = block.world;
  const x = along(left, width - right, weeks);
  const y = along(bottom, top, 1);
  const shares = block.counts.map(({ provocation }) => {
    const at_risk = sum(provocation);
    return provocation.map((count) => (at_risk ? count / at_risk : 0));
  });
  const lived = shares.filter((row) => row.some((v) => v > 0)).length;
  const floor = new Array(lived).fill(0);
  const marks = [];
  for (let k = 0; k < RUNGS; k++) {
    const under = [...floor];
    for (let w = 0; w < lived; w++) floor[w] += shares[w][k];
    let d = `M${x(0)} ${y(floor[0])}`;
    for (let w = 0; w < lived; w++) d += `V${y(floor[w]).toFixed(1)}H${x(w + 1).toFixed(1)}`;
    for (let w = lived - 1; w >= 0; w--) d += `V${y(under[w]).toFixed(1)}H${x(w).toFixed(1)}`;
    marks.push(path(`${d}z`, rung_class(k)));
  }
  // Names beside the last weeks, kept apart from each other.
  const recent = shares.slice(Math.max(0, lived - 8), lived);
  const mean = (k) => sum(recent.map((row) => row[k])) / recent.length;
  let under = 0, last = Infinity;
  for (let k = 0; k < RUNGS; k++) {
    const share = mean(k);
    const middle = Math.min(y(under + share / 2), last - 13);
    if (share > 0.02) {
      marks.push(text(width - right + 8, middle + 4, rung_name(MILITIAS, k), { class: "rung" }));
      last = middle;
    }
    under += share;
  }
  return svg(width, bottom + 26, share_axis(y, left, width - right), marks, week_axis(weeks, x, bottom + 20, block.world.start));
}

// Survival without war, with its band and a row of numbers at risk. Curves: { points, name }.
function survivals({ curves, width, start = null }) {
  const left = 62, right = 14, top = 10, tall = 170, bottom = top + tall;
  const weeks = curves[0].points.length;
  // The names stand under the ends of the curves, or above where there is no room; apart.
  const places = [];
  for (const { points } of curves) {
    const end = points.at(-1).share;
    let place = end > 0.2 ? bottom - end * tall + 17 : bottom - end * tall - 9;
    while (places.some((other) => Math.abs(other - place) < 15)) place += end > 0.2 ? 15 : -15;
    places.push(place);
  }
  const x = along(left, width - right, weeks);
  const y = along(bottom, top, 1);
  const marks = curves.flatMap(({ points, name }, i) => {
    const edge = (key) => points.map((p) => `V${y(p[key]).toFixed(1)}H${x(p.week + 1).toFixed(1)}`).join("");
    const back = [...points].reverse().map((p) => `V${y(p.low).toFixed(1)}H${x(p.week).toFixed(1)}`).join("");
    return [
      path(`M${x(0)} ${y(1)}${edge("high")}${back}z`, `band c${i}`),
      path(`M${x(0)} ${y(1)}${edge("share")}`, `curve c${i}`),
      text(width - right - 4, places[i], name, { class: `label c${i}`, "text-anchor": "end" }),
    ];
  });
  const rows = curves.map(({ points }, i) =>
    ticks(weeks, x, start).map((week) =>
      text(x(by_month(weeks, start) ? week : week + 0.5), bottom + 40 + 16 * i, points[week].at_risk, tick("start"))));
  return svg(width, bottom + 48 + 16 * (curves.length - 1), share_axis(y, left, width - right), marks,
    week_axis(weeks, x, bottom + 20, start), rows,
    text(4, bottom + 40, say("at_risk"), tick()));
}

// A heat map over two knobs; `open(i)` tells whether a cell is uncovered, `marked(i)` whether
// the student marked it. Contours are the borders between cells below and above a level.
function heat({ map, values, scale, width, levels = [], open = () => true, marked = () => false, cursor = null, pick = null }) {
  const { base } = map, columns = map.times, rows = map.times;
  const left = 46, bottom = 76, top = 22, cell = (width - left - 8) / columns.length;
  const high = Math.min(cell, 44), at = (i) => [left + (i % columns.length) * cell, top + (rows.length - 1 - Math.floor(i / columns.length)) * high];
  const end = top + rows.length * high;
  const cells = values.map((value, i) => {
    const [x, y] = at(i);
    const colour = open(i) ? scale[Math.round(value * (scale.length - 1))] : null;
    return s("rect", {
      x: x + 0.5, y: y + 0.5, width: cell - 1, height: high - 1, "data-cell": i, class: colour ? "" : "covered",
      style: colour ? `fill:${colour}` : null,
    });
  });
  const edges = levels.flatMap((level) => {
    let d = "";
    values.forEach((value, i) => {
      const [x, y] = at(i), over = value >= level;
      if ((i + 1) % columns.length && open(i) && open(i + 1) && over !== values[i + 1] >= level) d += `M${x + cell} ${y}v${high}`;
      const up = i + columns.length;
      if (up < values.length && open(i) && open(up) && over !== values[up] >= level) d += `M${x} ${y}h${cell}`;
    });
    return d ? [path(d, `contour l${Math.round(100 * level)}`)] : [];
  });
  const marks = values.flatMap((_, i) => {
    if (!marked(i)) return [];
    const [x, y] = at(i);
    const d = `M${x + cell * 0.25} ${y + high * 0.75}L${x + cell * 0.75} ${y + high * 0.25}M${x + cell * 0.25} ${y + high * 0.25}L${x + cell * 0.75} ${y + high * 0.75}`;
    return [path(d, "halo"), path(d, "marked")];
  });
  const [bx, by] = at(base);
  const axis = [
    columns.map((value, i) => i % 2 === 0 && text(left + (i + 0.5) * cell, end + 16, times(value), tick("middle"))).filter(Boolean),
    rows.map((value, i) => i % 2 === 0 && text(left - 6, end - (i + 0.5) * high + 4, times(value), tick("end"))).filter(Boolean),
  ];
  const shade = (width - left - 8) / scale.length;
  const key = [
    ...scale.map((colour, i) => s("rect", { x: left + i * shade, y: end + 46, width: shade + 0.5, height: 9, style: `fill:${colour}` })),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => text(left + share * shade * scale.length, end + 70, percent(share), tick(within(share === 0, share === 1)))),
  ];
  const drawn = svg(width, end + bottom, cells, edges, marks,
    map.own ? s("circle", { cx: bx + cell / 2, cy: by + high / 2, r: Math.min(7, high / 4), class: "base" }) : [],
    cursor === null ? [] : rect(at(cursor)[0], at(cursor)[1], cell, high, "chosen"),
    axis, text(left + (width - left) / 2, end + 34, say("frontier.columns"), tick("middle")),
    text(4, 13, say("frontier.rows"), tick()), key);
  if (pick) {
    drawn.classList.add("pickable");
    drawn.addEventListener("click", (event) => {
      const place = event.target.closest("[data-cell]");
      if (place) pick(+place.dataset.cell);
    });
  }
  return drawn;
}

// Tornado: what a share becomes where one parameter is at either end of its plausible range.
function tornado({ rows, base, width, names }) {
  const left = 6, right = 14, row = 40, top = 4;
  const highest = Math.max(base, ...rows.flatMap(({ low, high }) => [low, high])) * 1.08 || 1;
  const x = along(left, width - right, highest);
  const bottom = top + rows.length * row;
  const bar = (share, y, kind) =>
    rect(Math.min(x(share), x(base)), y, Math.abs(x(share) - x(base)), 8, kind);
  const ends = [0, base, highest / 1.08].filter((share, i, all) => i === 0 || Math.abs(x(share) - x(all[i - 1])) > 44);
  return svg(width, bottom + 26,
    line(x(base), top, x(base), bottom, { class: "axis" }),
    rows.map(({ low, high }, i) => [
      text(left, top + i * row + 13, names[i], { class: "rung haloed" }),
      bar(low, top + i * row + 18, "down"),
      bar(high, top + i * row + 27, "up"),
    ]),
    ends.map((share) => text(x(share), bottom + 18, percent(share), tick(share ? "middle" : "start"))));
}

const times = (factor) => `× ${+factor.toFixed(2)}`;

// An expected curve over a knob, and what came out beside it.
function expectation({ knob, guesses, found, width, drag = null }) {
  const left = 46, right = 16, top = 10, tall = 200, bottom = top + tall, last = knob.at(-1);
  const x = along(left, width - right, last);
  const y = along(bottom, top, 1);
  const known = guesses.map((share, i) => [knob[i], share]).filter(([, share]) => share !== null);
  const drawn = svg(width, bottom + 26, share_axis(y, left, width - right),
    known.length > 1 ? path(known.map(([v, share], i) => `${i ? "L" : "M"}${x(v)} ${y(share)}`).join(""), "guessed") : [],
    known.map(([v, share]) => s("circle", { cx: x(v), cy: y(share), r: 7, class: "handle" })),
    found.length ? s("path", { d: [...found].sort((a, b) => a.at - b.at).map(({ at, share }, i) => `${i ? "L" : "M"}${x(at)} ${y(share)}`).join(""), class: "truth-line" }) : [],
    found.map(({ at, low, high, share, kind, now }) => [
      now ? s("circle", { cx: x(at), cy: y(share), r: 9, class: "chosen" }) : [],
      line(x(at), y(low), x(at), y(high), { class: `whisker ${kind}` }),
      s(kind === "war" ? "rect" : "circle", kind === "war" ? { x: x(at) - 4, y: y(share) - 4, width: 8, height: 8, class: "war edge" } : { cx: x(at), cy: y(share), r: 4.5, class: "r3 edge" }),
    ]),
    knob.map((value) => text(x(value), bottom + 20, times(value), tick(within(value === 0, value === last)))));
  if (drag) {
    const move = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const box = drawn.getBoundingClientRect();
      const value = ((event.clientX - box.left - left) * last) / (width - left - right);
      const nearest = knob.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(knob[best] - value) ? i : best), 0);
      drag(nearest, Math.min(1, Math.max(0, (bottom - (event.clientY - box.top)) / tall)));
    };
    drawn.classList.add("draggable");
    drawn.addEventListener("pointerdown", move);
    drawn.addEventListener("pointermove", move);
  }
  return drawn;
}

// Bars of counts with their names, before them or above, the number at the end of each.
function bars({ rows, width }) {
  const small = width < 560, label = small ? 0 : 250, row = small ? 52 : 34, down = small ? 22 : 6;
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const long = (count) => (count / most) * (width - label - 50);
  return svg(width, rows.length * row + 6, rows.map(({ name, count, rung }, i) => [
    text(small ? 0 : label - 8, i * row + (small ? 16 : 22), name, { class: "rung", "text-anchor": small ? "start" : "end" }),
    rect(label, i * row + down, Math.max(1, long(count)), 24, `${rung_class(rung)} edge`),
    text(label + long(count) + 8, i * row + down + 17, count, { class: "label" }),
  ]));
}

// Values along one axis, as dots that pile up; `truth` is a line.
function dots({ values, truth = null, most, width, show = plain }) {
  const left = 12, right = 12, piles = new Map(), cells = 40, bottom = 110;
  const x = along(left, width - right, most);
  const marks = values.map((value) => {
    const cell = Math.round((value / most) * cells);
    const pile = (piles.get(cell) ?? 0) + 1;
    piles.set(cell, pile);
    return s("circle", { cx: x((cell * most) / cells), cy: bottom - 8 - (pile - 1) * 11, r: 5, class: "handle" });
  });
  return svg(width, bottom + 24, marks, line(left, bottom, width - right, bottom, { class: "axis" }),
    [0, most / 2, most].map((value) => text(x(value), bottom + 17, show(value), tick(within(value === 0, value === most)))),
    truth === null ? [] : [line(x(truth), 8, x(truth), bottom, { class: "truth" }), text(x(truth) + 5, 16, say("came_out"), { class: "label" })]);
}

// What each rung is worth to an actor: a stack of bars a term, to either side of nothing.
function worth({ fields, rows, names, chosen, width }) {
  const label = width < 560 ? 86 : 120, right = 10, row = 30, top = 4;
  const side = (sign) => Math.max(0.05, ...rows.map((row) => sum(row.map((v) => Math.max(0, sign * v)))));
  const low = -side(-1), high = side(1);
  const x = (value) => label + ((value - low) * (width - label - right)) / (high - low);
  const marks = rows.map((values, k) => {
    let up = 0, down = 0;
    const total = sum(values), y = top + (RUNGS - 1 - k) * row;
    return [
      text(label - 8, y + 20, names[k], { class: k === chosen ? "rung strong" : "rung", "text-anchor": "end" }),
      values.map((value, i) => {
        const from = value > 0 ? up : down + value, wide = Math.abs(value);
        if (value > 0) up += value; else down += value;
        return s("rect", { x: x(from), y: y + 5, width: Math.max(0, x(from + wide) - x(from)), height: row - 14, class: `term t${i}` },
          s("title", {}, `${LESSON.words.terms[fields[i]]}: ${signed(value)}`));
      }),
      line(x(total), y + 2, x(total), y + row - 6, { class: "sum" }),
      k === chosen ? rect(1, y + 1, width - 2, row - 5, "own") : [],
    ];
  });
  const bottom = top + RUNGS * row;
  return svg(width, bottom + 22, line(x(0), top, x(0), bottom, { class: "axis" }), marks,
    [low, 0, high].filter((value) => value === 0 || Math.abs(x(value) - x(0)) > 40).map((value) => text(x(value), bottom + 14, value ? signed(value) : "0", tick(within(value < 0, value > 0)))));
}
