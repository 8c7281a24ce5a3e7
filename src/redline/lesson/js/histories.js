// Histories: a world (a scenario as JSON) through the translated engine, and what came out.

const RUNGS = 6;
const WASHINGTON = 0, TEHRAN = 1, MILITIAS = 2;
const FREE = -1;
const EVERY_RUNG = Array.from({ length: RUNGS }, (_, rung) => rung);
const sum = (values) => values.reduce((a, b) => a + b, 0);

// All militias: each faction's cells in a row.
const members_of = ({ faction_names, cells }) =>
  faction_names.flatMap((name, faction) =>
    Array.from({ length: cells }, (_, i) => ({ name: cells === 1 ? name : `${name} ${i + 1}`, faction })),
  );
const militia_names = (world) => members_of(world).map(({ name }) => name);

// A world as the week loop reads it.
function encode(world) {
  const scenario = { ...world, members: members_of(world) };
  const scripted = world.forced.some(({ actor }) => actor === MILITIAS);
  const script = Array.from({ length: scripted ? world.weeks : 0 }, () =>
    scenario.members.map(() => ({ rung: FREE, site: FREE, killed: FREE })),
  );
  write_script(scenario, script);
  return {
    plan: plan_of(scenario),
    schedule: schedule_of(scenario),
    multipliers: world.factions.map((one) => ({ each: [one] })),
    factions: scenario.members.map(({ faction }) => faction),
    script,
  };
}

// A seed below 2**53 as the two words that key the generator.
const seed_words = (seed) => ({ low: seed % 4294967296, high: Math.floor(seed / 4294967296) });

// Replicates of a world on their way through the weeks; like the batch engine's `Block`, but each
// a group of its own, with one lane.
class Block {
  constructor(world, seed, first, count, { moves = false } = {}) {
    Object.assign(this, { world, seed, count, encoded: encode(world) });
    const { factions, multipliers } = this.encoded;
    const filled = (length, make) => Array.from({ length }, (_, number) => make(number));
    this.states = filled(count, make_State);
    this.states.forEach((state, r) => (state.replicate[0] = first + r));
    this.lives = filled(count, () => 1);
    this.capability = filled(count, () => multipliers.map(() => [0]));
    this.sums = filled(count, make_Sums);
    this.counts = filled(world.weeks, make_WeekCounts);
    this.weeks = filled(count, () => filled(world.weeks, make_Week));
    this.moves = filled(count, () =>
      moves ? filled(world.weeks, () => factions.map(() => ({ ...make_Move(), site: FREE }))) : [],
    );
    this.nothing = filled(count, () => []);
  }

  // Live the weeks [start, stop). The only lane of a group never changes its place, so what else
  // changes with it is not given.
  live(start = 0, stop = this.world.weeks) {
    const { plan, schedule, multipliers, factions, script } = this.encoded, { nothing } = this;
    advance(
      [{ each: [plan] }], [schedule], [multipliers], factions, script, seed_words(this.seed), start, stop,
      this.lives, this.states, nothing, this.capability, this.sums, nothing, [make_Events()], [make_Choices()],
      nothing, nothing, this.counts, this.weeks, this.moves, nothing,
    );
    return this;
  }

  // Measures of every replicate.
  measure() {
    this.measures = this.states.map(make_Measures);
    this.lived = this.states.map((state) => state.lived[0]);
    this.over = this.states.map((state) => state.over[0]);
    measure_block(this.states, this.states.map(() => 1), this.sums, this.measures);
    return this;
  }
}

// Replicates of a world under a seed, lived and measured; the first ones, if not said.
function simulate(world, seed, count, { first = 0, ...options } = {}) {
  return new Block(world, seed, first, count, options).live().measure();
}

// One replicate of a world, with what every militia did.
function history(world, seed, replicate = 0) {
  return new Block(world, seed, replicate, 1, { moves: true }).live().measure();
}

// The bytes of which the Python side hashes the same; see `trace_hash` in `redline.lesson.browser`.
function trace_bytes(block) {
  const per_week = 4 + 3 * block.encoded.factions.length;
  const bytes = new Uint8Array(per_week * sum(block.lived));
  let at = 0;
  block.weeks.forEach((weeks, r) => {
    for (let week = 0; week < block.lived[r]; week++) {
      const { talks, directive, provocation, response } = weeks[week];
      for (const value of [talks, directive, provocation, response]) bytes[at++] = value;
      for (const { rung, site, killed } of block.moves[r][week]) {
        bytes[at++] = rung;
        bytes[at++] = site + 1;
        bytes[at++] = killed;
      }
    }
  });
  return bytes;
}

// The hash of the first replicates of a world, lived some at a time.
async function trace_hash(world, seed, replicates, at_once = 50) {
  const parts = [];
  for (let first = 0; first < replicates; first += at_once) {
    const count = Math.min(at_once, replicates - first);
    parts.push(trace_bytes(new Block(world, seed, first, count, { moves: true }).live().measure()));
  }
  const bytes = await new Blob(parts).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A copy of a world in which some numbers, by their paths, have other values.
function changed(world, values) {
  if (!values.length) return world;
  const copy = structuredClone(world);
  for (const [path, value] of values) {
    const holder = path.slice(0, -1).reduce((part, key) => part[key], copy);
    holder[path.at(-1)] = value;
  }
  return copy;
}

// Statistics

const Z95 = 1.959963984540054;

// A share with its 95 % interval (Wilson 1927).
function wilson(count, trials) {
  const share = count / trials, z2 = Z95 * Z95;
  const centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half =
    (Z95 * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials))) / (1 + z2 / trials);
  return {
    share, count, trials,
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === trials ? 1 : Math.min(1, centre + half),
  };
}

// A ratio of sums over replicates with its 95 % interval (linearised).
function ratio(numerators, denominators) {
  const n = numerators.length, below = sum(denominators);
  const share = sum(numerators) / below;
  const spread = sum(numerators.map((a, i) => (a - share * denominators[i]) ** 2));
  const half = n > 1 ? (Z95 * Math.sqrt((spread * n) / (n - 1))) / below : 0;
  return { share, low: Math.max(0, share - half), high: Math.min(1, share + half) };
}

// A mean of paired differences with its 95 % interval.
function mean_difference(values) {
  const n = values.length;
  const mean = sum(values) / n;
  const variance = sum(values.map((v) => (v - mean) ** 2)) / (n - 1);
  const half = Z95 * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

const CONFRONTATION = 3;
const attack_weeks = (one) => sum(one.provocation_weeks.slice(2));

// What the pictures of an ensemble say in numbers.
function summary(block) {
  const classes = [0, 0, 0, 0];
  for (const one of block.measures) classes[one.outcome]++;
  const rung_weeks = EVERY_RUNG.map((k) => sum(block.measures.map((one) => one.provocation_weeks[k])));
  return {
    n: block.count,
    classes,
    war: wilson(classes[CONFRONTATION], block.count),
    provoked: ratio(block.measures.map(attack_weeks), block.measures.map((one) => one.weeks_lived)),
    rung_weeks,
    at_risk: sum(rung_weeks),
  };
}

// Share without war after each week, its band, and how many were at risk in the week. All
// replicates run to the same horizon, so the product-limit estimate is the share itself.
function survival(block) {
  const wars = new Array(block.world.weeks).fill(0);
  block.measures.forEach((one) => one.confrontation_week >= 0 && wars[one.confrontation_week]++);
  let left = block.count;
  return wars.map((ended, week) => {
    const at_risk = left;
    left -= ended;
    return { week, at_risk, ...wilson(left, block.count) };
  });
}

// For whom it was war: who moved last before it.
function last_moves(block) {
  const found = { campaign_after_orders: 0, campaign_beyond_orders: 0, ordered_offensive: 0 };
  block.measures.forEach((one, r) => {
    if (one.confrontation_week < 0) return;
    const week = block.weeks[r][one.confrontation_week];
    if (week.response !== 5) found.ordered_offensive++;
    else if (week.provocation > week.directive) found.campaign_beyond_orders++;
    else found.campaign_after_orders++;
  });
  return found;
}
