// What the page remembers of a student: in the link, and in nothing else.

const BLANK = {
  screen: 0,
  seed: LESSON.seed,
  washington: [],
  tehran: [],
  guess: { war: null, usual: null, provoked: null, locked: false },
  cost: { war: [null, null, null, null, null], provoked: [null, null, null, null, null], locked: false, value: 1 },
  frontier: { marked: [], locked: false },
  loyalty: { guess: null, locked: false, value: 1 },
  challenge: { values: {}, met: [] },
  sandbox: { values: {}, replicate: 0 },
  answers: ["", "", "", ""],
};

let memory = structuredClone(BLANK);

// Only what differs from the beginning goes into the link.
function difference(value, blank) {
  if (Array.isArray(value) || typeof value !== "object" || value === null) {
    return JSON.stringify(value) === JSON.stringify(blank) ? undefined : value;
  }
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, difference(inner, blank?.[key])])
    .filter(([, inner]) => inner !== undefined);
  return kept.length ? Object.fromEntries(kept) : undefined;
}

// Put what a link says over the blank, keeping only what has the right shape.
function merged(blank, stored) {
  if (stored === undefined) return structuredClone(blank);
  if (Array.isArray(blank)) return Array.isArray(stored) ? stored : structuredClone(blank);
  if (typeof blank === "object" && blank !== null) {
    const open = !Object.keys(blank).length;
    const keys = open ? Object.keys(stored ?? {}) : Object.keys(blank);
    return Object.fromEntries(keys.map((key) => [key, merged(blank[key], stored?.[key])]));
  }
  return blank === null || blank === undefined || typeof stored === typeof blank ? stored : blank;
}

const base64 = {
  from: (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, ""),
  to: (code) => new TextDecoder().decode(Uint8Array.from(atob(code.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0))),
};

const link_fragment = () => `#${LESSON.id}.${base64.from(JSON.stringify({ ...difference(memory, BLANK), seed: memory.seed }))}`;

let writing = null;
// Keep the address in step with the memory; browsers limit how often it may be written.
function remember() {
  clearTimeout(writing);
  writing = setTimeout(remember_now, 300);
}

// Change what is remembered of a part of the lesson.
function keep(part, values) {
  memory[part] = { ...memory[part], ...values };
  remember();
}

function remember_now() {
  clearTimeout(writing);
  window.history.replaceState(null, "", link_fragment());
}

const whole = (value, least, most) => Number.isInteger(value) && value >= least && value <= most;
const share_or_none = (value) => (Number.isFinite(value) && value >= 0 && value <= 1 ? value : null);
// The values that a slider could have set, of the numbers that have one.
const possible_values = (values, addresses) =>
  Object.fromEntries(Object.entries(values).filter(([address, value]) => {
    const knob = addresses.includes(address) && LESSON.knobs.find((one) => one.address === address);
    if (!knob || !Number.isFinite(value) || (knob.integer && !Number.isInteger(value))) return false;
    const base = value_in(LESSON.world, knob.path);
    const high = Math.min(knob.bounds[1], Math.max(2 * base, knob.range[1]));
    return value >= knob.bounds[0] && value <= high;
  }));
// The seed that a text stands for, or null.
const seed_of = (text) => (/^\d{1,16}$/.test(text) && whole(+text, 0, Number.MAX_SAFE_INTEGER) ? +text : null);

// Read the memory from the address. Returns what to tell the student, if anything.
function recall() {
  const seed = seed_of(new URLSearchParams(location.search).get("seed") ?? "") ?? BLANK.seed;
  memory = structuredClone({ ...BLANK, seed });
  const [id, code] = location.hash.slice(1).split(".");
  if (!code) return location.hash.length > 1 ? say("link.broken") : "";
  if (id !== LESSON.id) return say("link.foreign");
  try {
    memory = merged(memory, JSON.parse(base64.to(code)));
  } catch {
    memory = structuredClone({ ...BLANK, seed });
    return say("link.broken");
  }
  const { guess, cost, frontier, loyalty, challenge, sandbox } = memory;
  const rungs = (moves) => moves.filter((rung) => whole(rung, 0, RUNGS - 1)).slice(0, LESSON.game_weeks);
  if (!whole(memory.screen, 0, SCREENS - 1)) memory.screen = 0;
  if (!whole(memory.seed, 0, Number.MAX_SAFE_INTEGER)) memory.seed = seed;
  if (!whole(memory.guess.war, 0, LESSON.replicates)) memory.guess.war = null;
  if (!Object.hasOwn(LESSON.words.usual, guess.usual)) guess.usual = null;
  if (!Object.hasOwn(LESSON.words.loyalty.options, loyalty.guess)) loyalty.guess = null;
  guess.provoked = share_or_none(guess.provoked);
  memory.washington = rungs(memory.washington);
  memory.tehran = rungs(memory.tehran);
  for (const key of ["war", "provoked"]) memory.cost[key] = BLANK.cost[key].map((_, i) => share_or_none(cost[key][i]));
  for (const part of ["cost", "loyalty"]) {
    if (!(memory[part].value >= 0 && memory[part].value <= 2)) memory[part].value = 1;
  }
  const cells = LESSON.frontier.war.length;
  frontier.marked = [...new Set(frontier.marked.filter((cell) => whole(cell, 0, cells - 1)))];
  challenge.values = possible_values(challenge.values, LESSON.challenge);
  memory.challenge.met = memory.challenge.met.filter((number) => whole(number, 0, 2));
  sandbox.values = possible_values(sandbox.values, LESSON.knobs.map(({ address }) => address));
  // What was not answered cannot be locked.
  guess.locked &&= ![guess.war, guess.usual, guess.provoked].includes(null);
  cost.locked &&= !cost.war.includes(null) && !cost.provoked.includes(null);
  loyalty.locked &&= loyalty.guess !== null;
  if (!whole(memory.sandbox.replicate, 0, LESSON.replicates - 1)) memory.sandbox.replicate = 0;
  memory.answers = BLANK.answers.map((_, i) => String(memory.answers[i] ?? "").slice(0, 600));
  return "";
}

// Class codes: a student's result in eleven characters, for a class without a server

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const FIELDS = [
  ["war", 1], ["weeks", 5], ["highest", 3], ["strikes", 5], ["deaths", 5],
  ["guess_war", 8], ["guess_provoked", 7], ["tehran_war", 2], ["leverage", 7],
];
const NONE = { guess_war: 255, guess_provoked: 127, tehran_war: 3, leverage: 127 };
const CHECK = 12, CHARACTERS = 11;

// Bits that tell a mistyped code, or one of another crisis, from a good one.
function check_bits(bits) {
  let hash = 2166136261;
  for (const character of `${LESSON.id}/${memory.seed}/${bits}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  }
  return BigInt((hash ^ (hash >>> CHECK) ^ (hash >>> (2 * CHECK))) & ((1 << CHECK) - 1));
}

function class_code(result) {
  let bits = 0n;
  for (const [name, width] of FIELDS) {
    const most = (1 << width) - 1;
    const value = result[name] === null ? NONE[name] : Math.min(most, Math.max(0, Math.round(result[name])));
    bits = (bits << BigInt(width)) | BigInt(value);
  }
  bits = (bits << BigInt(CHECK)) | check_bits(bits);
  const code = Array.from({ length: CHARACTERS }, (_, i) => ALPHABET[Number((bits >> BigInt(5 * (CHARACTERS - 1 - i))) & 31n)]).join("");
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}

// The result in a class code, or null if it is not one of this crisis.
function read_code(text) {
  const code = text.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  if (code.length !== CHARACTERS || [...code].some((c) => !ALPHABET.includes(c))) return null;
  const bits = [...code].reduce((sum, c) => (sum << 5n) | BigInt(ALPHABET.indexOf(c)), 0n);
  let rest = bits >> BigInt(CHECK);
  if (check_bits(rest) !== (bits & BigInt((1 << CHECK) - 1))) return null;
  const result = {};
  for (const [name, width] of [...FIELDS].reverse()) {
    const value = Number(rest & BigInt((1 << width) - 1));
    result[name] = value === NONE[name] ? null : value;
    rest >>= BigInt(width);
  }
  return result;
}
