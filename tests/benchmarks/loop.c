/* The week loop in C, twice: `scalar` simulates one replicate after the other, `lanes` many side
 * by side. Written from docs/model.md, to measure the engine against and to check its totals by.
 *
 * Both loops take the rules (§4) and the chance (§5) below, so they agree to the last bit where
 * they take the same exponential and the compiler fuses nothing (-ffp-contract=off). Neither
 * knows bans from a first choice on, nor forced moves of militias.
 *
 * records.h is written by c_loop.py: the layout of Case, Now, Faction, Measures and WeekCounts,
 * which pass between Python and here.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "records.h"

enum { QUIET, STATEMENT, ROCKETS, DRONES, ASSAULT, OFFENSIVE, RUNGS };
enum { SILENCE, WARNING, SANCTIONS, STRIKE, DECAPITATION, CAMPAIGN };
enum { UNITED_STATES, IRAN, MILITIAS, ACTORS };
enum { SITES = 5, NOWHERE = SITES };

static inline double larger(double a, double b) { return a > b ? a : b; }
static inline double smaller(double a, double b) { return a < b ? a : b; }

#ifdef OWN_EXP
/* exp(x) of x <= 0, of nothing but +, -, × and bits: x = k ln 2 + r with |r| <= ln 2 / 2; it is 0
 * below -700. */
static inline double exponential(double x)
{
    const double shift = 0x1.8p52; /* a number added to it is rounded to a whole one */
    double near = x < -700.0 ? -700.0 : x;
    double shifted = near * 1.4426950408889634 + shift, k = shifted - shift;
    double r = (near - k * 0.6931471805598903) - k * 5.497923018708371e-14;
    double q = 2.497841468771059e-08;
    q = q * r + 2.762517607516912e-07;
    q = q * r + 2.755764069109981e-06;
    q = q * r + 2.4801508707689998e-05;
    q = q * r + 0.00019841269466478291;
    q = q * r + 0.0013888888926777935;
    q = q * r + 0.008333333333499896;
    q = q * r + 0.041666666666604;
    q = q * r + 0.16666666666666433;
    q = q * r + 0.5;
    uint64_t bits; /* the lowest of `shifted` are k, which becomes the exponent of 2^k */
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x < -700.0 ? 0.0 : (1.0 + (r + r * r * q)) * power;
}
#else
#define exponential exp
#endif

/* Chance (§5) */

typedef struct { double even, odd; } Pair;

static inline double unit(uint32_t high, uint32_t low)
{
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

static inline Pair draws(uint64_t seed, uint32_t replicate, uint32_t week, uint32_t block)
{
    uint32_t c0 = block, c1 = week, c2 = replicate, c3 = 0;
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    return (Pair){unit(c0, c1), unit(c2, c3)};
}

/* The block of a militia's opportunity and rung; the next is that of its site and kill. */
static inline uint32_t block_of(int64_t militia) { return (uint32_t)(2 + 2 * militia); }

/* Rules (§4), on the numbers of one replicate; talks are 0.0 or 1.0 */

/* The rungs open to an actor, as bits. A forced rung is the only one that is open. */
static inline int open_rungs(const Now *now, int actor)
{
    int64_t forced = actor == IRAN ? now->directive : actor == UNITED_STATES ? now->response : -1;
    return forced >= 0 ? 1 << forced : (int)now->allowed[actor];
}

static inline double talks_next(const Case *c, const Now *now, double talks, double severity,
                                double draw)
{
    double ends = c->environment.talks_end + c->environment.talks_fragility * severity;
    double starts = c->environment.talks_start * now->drivers.diplomacy;
    int on = talks > 0.0, changes = draw < (on ? ends : starts);
    return now->drivers.diplomacy > 0.0 && on != changes ? 1.0 : 0.0;
}

static inline double directive_worth(const Case *c, const Now *now, double talks, double leverage,
                                     double expected, int k)
{
    double severity = c->provocations[k].severity, need = 1.0 + now->drivers.sanctions;
    return c->iran.leverage_value * talks * need * (1.0 - leverage) * sqrt(severity)
         + c->iran.influence_value * need * severity
         + -c->iran.proxy_loss * expected
         + -c->iran.revenue_exposure * need * expected * expected
         + -c->iran.backlash * now->drivers.unrest * severity
         + -c->iran.talks_risk * talks * severity * severity
         + -c->iran.enemy_restraint * now->drivers.common_enemy * severity;
}

static inline double provocation_worth(const Case *c, const Now *now, const Faction *own,
                                       double grievance, double control, double ordered,
                                       double expected, int k)
{
    double severity = c->provocations[k].severity;
    return (c->militias.zeal + grievance) * own->zeal * severity
         + -(c->militias.loyalty * own->loyalty) * control * fabs(severity - ordered)
         + -(c->militias.vulnerability * own->vulnerability) * expected
         + -c->iran.backlash * now->drivers.unrest * severity;
}

static inline double site_worth(const Case *c, int site)
{
    return c->sites[site].salience + -c->militias.caution * c->sites[site].exposure;
}

static inline double kill_chance(const Case *c, int rung, int site)
{
    double lethality = c->provocations[rung].lethality;
    return site == NOWHERE ? lethality : lethality * c->sites[site].exposure;
}

static inline double severity_of(const Case *c, double calm, int64_t provoked)
{
    double spoken = provoked >= STATEMENT ? c->provocations[STATEMENT].severity : 0.0;
    return 1.0 - (1.0 - spoken) * calm;
}

static inline double pressure_felt(const Case *c, double pressure, double severity,
                                   double crossings)
{
    return c->united_states.pressure_memory * pressure + severity
         + c->united_states.red_line * crossings;
}

static inline double response_worth(const Case *c, const Now *now, double talks, double pressure,
                                    double crossings, int k)
{
    double force = c->responses[k].force;
    double unanswered = larger(0.0, pressure - force), excess = larger(0.0, k - 2 - crossings);
    return -c->united_states.audience_cost * unanswered * unanswered
         + -c->united_states.operation_cost * c->responses[k].cost
         + -c->united_states.talks_restraint * talks * force
         + -c->united_states.enemy_restraint * now->drivers.common_enemy * force
         + -c->united_states.proportionality * excess
         + (k == CAMPAIGN ? -c->united_states.commitment : 0.0);
}

static inline double prior(const Case *c, int k)
{
    return k == OFFENSIVE ? 1.0 : c->iran.perceived_resolve * c->provocations[k].severity;
}

static inline double learnt(const Case *c, double expected, int k, int64_t provoked, double force)
{
    int beside = k != OFFENSIVE && (provoked == k - 1 || provoked == k + 1);
    double aside = beside ? c->learning.rate * c->learning.generalisation : 0.0;
    expected += (provoked == k ? c->learning.rate : aside) * (force - expected);
    return expected + c->learning.forgetting * (prior(c, k) - expected);
}

static inline double leverage_next(const Case *c, double leverage, double severity, double talks)
{
    double gain = c->environment.leverage_gain * severity * talks * (1.0 - leverage);
    return leverage + gain - c->environment.leverage_decay * leverage;
}

static inline double grievance_next(const Case *c, double grievance, int64_t response,
                                    double force)
{
    double added = response >= STRIKE ? c->militias.revenge * force : 0.0;
    return c->militias.grievance_memory * grievance + added;
}

static inline double sustained(const Now *now, const Faction *own)
{
    return smaller(1.0, now->drivers.armament * own->armament);
}

static inline double capability_next(const Case *c, double capability, double sustained,
                                     int is_struck, double force)
{
    double rebuilt = capability + c->militias.rebuild * (sustained - capability);
    return rebuilt * (is_struck ? 1.0 - c->militias.damage * force : 1.0);
}

static inline double control_next(const Case *c, double control, int64_t response, double force)
{
    double left = response >= DECAPITATION ? 1.0 - c->environment.control_loss * force : 1.0;
    double kept = control * left;
    return kept + c->environment.control_recovery * (1.0 - kept);
}

static inline int is_confrontation(int64_t provoked, int64_t directive, int64_t response)
{
    return response == CAMPAIGN || (provoked == OFFENSIVE && directive == OFFENSIVE);
}

/* Measures (§7) */

static inline int32_t bin_of(double share)
{
    int32_t bin = (int32_t)(share * 256.0);
    return bin < 255 ? bin : 255;
}

static void finish(Measures *m, int64_t lived, int over)
{
    m->weeks_lived = (int32_t)lived;
    m->mean_severity /= (double)lived;
    m->mean_leverage /= (double)lived;
    m->mean_pressure /= (double)lived;
    for (int k = 0; k < RUNGS - ROCKETS; k++)
        m->attacks += m->attack_rungs[k];
    m->assaults = m->attack_rungs[ASSAULT - ROCKETS];
    m->rocket_weeks = m->provocation_weeks[ROCKETS];
    m->drone_weeks = m->provocation_weeks[DRONES];
    m->sanctions = m->response_weeks[SANCTIONS];
    m->decapitations = m->response_weeks[DECAPITATION];
    m->strikes = m->response_weeks[STRIKE] + m->decapitations + m->response_weeks[CAMPAIGN];
    m->confrontation_week = over ? (int32_t)lived - 1 : -1;
    if (over)
        m->outcome = 3;
}

/* One replicate after the other */

typedef struct { /* a choice among rungs or sites */
    double utility[RUNGS], weight[RUNGS], sum;
    int allowed;
} Choice;

static inline void weigh(Choice *choice, int count, double rationality)
{
    double best = -INFINITY;
    for (int k = 0; k < count; k++)
        if (choice->allowed >> k & 1)
            best = larger(choice->utility[k], best);
    choice->sum = 0.0;
    for (int k = 0; k < count; k++)
        if (choice->allowed >> k & 1) {
            double gap = choice->utility[k] - best;
            choice->weight[k] = gap < 0.0 ? exponential(rationality * gap) : 1.0;
            choice->sum += choice->weight[k];
        }
}

static inline int pick(const Choice *choice, int count, double draw)
{
    double threshold = draw * choice->sum, cumulative = 0.0;
    int last = 0;
    for (int k = 0; k < count; k++)
        if (choice->allowed >> k & 1) {
            cumulative += choice->weight[k];
            if (threshold < cumulative)
                return k;
            last = k;
        }
    return last;
}

/* The choice of a site with rockets (0) and with drones (1), which is the same in every week. */
static void weigh_sites(const Case *c, Choice sites[2])
{
    for (int means = 0; means < 2; means++) {
        sites[means] = (Choice){.allowed = 0};
        for (int s = 0; s < SITES; s++) {
            sites[means].utility[s] = site_worth(c, s);
            sites[means].allowed |= (c->sites[s].reach <= ROCKETS + means) << s;
        }
        weigh(&sites[means], SITES, c->militias.targeting);
    }
}

typedef struct { /* a faction: what its cells share, and their choice in the week `weighed` */
    double capability;
    int64_t weighed;
    Choice choice;
} Stance;

typedef struct {
    double talks, severity, pressure, leverage, grievance, control, expected[RUNGS];
    int directive;
} State;

static void weigh_provocations(const Case *c, const Now *now, const State *s, const Faction *own,
                               Stance *stance)
{
    double ordered = c->provocations[s->directive].severity;
    stance->choice.allowed = open_rungs(now, MILITIAS);
    for (int k = 0; k < RUNGS; k++) {
        stance->choice.utility[k] = provocation_worth(c, now, own, s->grievance, s->control,
                                                      ordered, s->expected[k], k);
        if (c->provocations[k].capability > stance->capability)
            stance->choice.allowed &= ~(1 << k);
    }
    weigh(&stance->choice, RUNGS, c->militias.rationality);
}

void scalar(const Case *given, const Now *schedule, const Faction *multipliers,
            const int64_t *faction_of, uint64_t seed, int64_t first, int64_t replicates,
            Measures *measures, WeekCounts *counts)
{
    const Case fixed = *given, *c = &fixed;
    double opportunity = c->militias.tempo / (double)c->members;
    Stance *stances = malloc((size_t)c->factions * sizeof *stances);
    Pair *luck = malloc((size_t)c->members * sizeof *luck);
    Choice sites[2], choice;
    weigh_sites(c, sites);
    for (int64_t r = 0; r < replicates; r++) {
        uint32_t replicate = (uint32_t)(first + r);
        Measures *m = &measures[r];
        State s = {.talks = (double)c->environment.talks, .control = 1.0};
        int64_t number = 0;
        int over = 0;
        m->first_crisis_week = -1;
        for (int k = 0; k < RUNGS; k++)
            s.expected[k] = prior(c, k);
        for (int64_t f = 0; f < c->factions; f++)
            stances[f] = (Stance){sustained(&schedule[0], &multipliers[f]), .weighed = -1};
        for (; number < c->weeks && !over; number++) {
            const Now *now = &schedule[number];
            WeekCounts *count = &counts[number];
            uint32_t week = (uint32_t)number;
            Pair talks_and_review = draws(seed, replicate, week, 0);
            Pair directive_and_response = draws(seed, replicate, week, 1);
            for (int64_t i = 0; i < c->members; i++)
                luck[i] = draws(seed, replicate, week, block_of(i));

            /* §4.1, §4.2 */
            s.talks = talks_next(c, now, s.talks, s.severity, talks_and_review.even);
            choice.allowed = open_rungs(now, IRAN);
            int stands = now->directive < 0 && choice.allowed >> s.directive & 1;
            if (!stands || talks_and_review.odd < c->iran.review) {
                for (int k = 0; k < RUNGS; k++)
                    choice.utility[k] = directive_worth(c, now, s.talks, s.leverage,
                                                        s.expected[k], k);
                weigh(&choice, RUNGS, c->iran.rationality);
                s.directive = pick(&choice, RUNGS, directive_and_response.even);
                m->utility[IRAN] += choice.utility[s.directive];
            }

            /* §4.3, §4.4 */
            int provoked = QUIET, fatal = 0;
            int64_t target = faction_of[0];
            double calm = 1.0, utility = 0.0;
            for (int64_t i = 0; i < c->members; i++) {
                if (luck[i].even >= opportunity)
                    continue;
                Stance *stance = &stances[faction_of[i]];
                if (stance->weighed != number) {
                    weigh_provocations(c, now, &s, &multipliers[faction_of[i]], stance);
                    stance->weighed = number;
                }
                int rung = pick(&stance->choice, RUNGS, luck[i].odd);
                utility += stance->choice.utility[rung];
                if (rung > provoked) {
                    provoked = rung;
                    target = faction_of[i];
                }
                if (rung < ROCKETS)
                    continue;
                calm *= 1.0 - c->provocations[rung].severity;
                m->attack_rungs[rung - ROCKETS]++;
                Pair fate = draws(seed, replicate, week, block_of(i) + 1);
                int site = NOWHERE;
                if (rung < ASSAULT) {
                    site = pick(&sites[rung - ROCKETS], SITES, fate.even);
                    m->site_attacks[site]++;
                }
                fatal += fate.odd < kill_chance(c, rung, site);
            }
            m->utility[MILITIAS] += utility;
            s.severity = severity_of(c, calm, provoked);
            int crossings = fatal + (provoked >= ASSAULT);

            /* §4.5 */
            s.pressure = pressure_felt(c, s.pressure, s.severity, crossings);
            choice.allowed = open_rungs(now, UNITED_STATES);
            for (int k = 0; k < RUNGS; k++)
                choice.utility[k] = response_worth(c, now, s.talks, s.pressure, crossings, k);
            weigh(&choice, RUNGS, c->united_states.rationality);
            int response = pick(&choice, RUNGS, directive_and_response.odd);
            m->utility[UNITED_STATES] += choice.utility[response];

            /* §4.6, §4.7, §4.8 */
            double force = c->responses[response].force;
            for (int k = 0; k < RUNGS; k++)
                s.expected[k] = learnt(c, s.expected[k], k, provoked, force);
            s.pressure = larger(0.0, s.pressure - force);
            s.leverage = leverage_next(c, s.leverage, s.severity, s.talks);
            s.grievance = grievance_next(c, s.grievance, response, force);
            for (int64_t f = 0; f < c->factions; f++)
                stances[f].capability = capability_next(
                    c, stances[f].capability, sustained(now, &multipliers[f]),
                    response >= STRIKE && f == target, force);
            s.control = control_next(c, s.control, response, force);
            over = is_confrontation(provoked, s.directive, response);

            /* §7 */
            m->fatal_attacks += fatal;
            m->crossings += crossings;
            m->talks_weeks += s.talks > 0.0;
            m->provocation_weeks[provoked]++;
            m->response_weeks[response]++;
            if (provoked >= ROCKETS && m->outcome < 1)
                m->outcome = 1;
            if (provoked >= ASSAULT || response >= DECAPITATION) {
                if (m->first_crisis_week < 0)
                    m->first_crisis_week = (int32_t)number;
                m->outcome = 2;
            }
            m->mean_severity += s.severity;
            m->mean_leverage += s.leverage;
            m->mean_pressure += s.pressure;
            m->peak_severity = larger(m->peak_severity, s.severity);
            m->peak_leverage = larger(m->peak_leverage, s.leverage);
            m->peak_pressure = larger(m->peak_pressure, s.pressure);
            count->talks += s.talks > 0.0;
            count->provocation[provoked]++;
            count->response[response]++;
            count->directive[s.directive]++;
            count->severity[bin_of(s.severity)]++;
            count->leverage[bin_of(s.leverage)]++;
            count->control[bin_of(s.control)]++;
            count->pressure[bin_of(s.pressure / (1.0 + s.pressure))]++;
        }
        finish(m, number, over);
    }
    free(stances);
    free(luck);
}

#ifdef OWN_EXP /* whose exponential(0) is 1, and of which there is a vectorised one */

/* Many replicates side by side
 *
 * Each has a lane; the first `live` lanes are those of replicates that still live. A step of the
 * week is a loop over lanes without branches, which the compiler vectorises. Who chooses is put
 * into a list first, so that only choices that are made are worked out. */

#ifndef LANES
#define LANES 128
#endif
#define ALIGNED __attribute__((aligned(64)))
#define EACH(one, count) \
    _Pragma("GCC ivdep") for (int64_t one = 0; one < whole_vectors(count); one++)
#define EACH_RUNG(k) _Pragma("GCC unroll 6") for (int k = 0; k < RUNGS; k++)

/* Loops end at a multiple of 8: what lies behind the last is worked out and never looked at. */
static inline int64_t whole_vectors(int64_t count) { return (count + 7) & -8; }

typedef double Row[LANES] ALIGNED;
typedef int64_t Whole[LANES] ALIGNED;

typedef struct { /* rows of 8 bytes a lane, see move_lane() */
    Whole replicate;
    Row talks, severity, pressure, leverage, grievance, control, expected[RUNGS], ordered;
    Whole directive, provoked, target, response, fatal, over;
    Row calm, utility_moved; /* of this week's attacks, and of all moves of militias */
    Row sum_severity, sum_leverage, sum_pressure, peak_severity, peak_leverage, peak_pressure;
    Row utility[ACTORS];
    Whole outcome, first_crisis_week, talks_weeks, fatal_attacks, crossings;
    Whole provocation_weeks[RUNGS], response_weeks[RUNGS];
    Whole attack_rungs[RUNGS - ROCKETS], site_attacks[SITES + 1];
} Lanes;

typedef struct { /* who chooses, and what: at most twice as many as there are lanes */
    int64_t lane[2 * LANES] ALIGNED, block[2 * LANES] ALIGNED, replicate[2 * LANES] ALIGNED;
    double draw[2 * LANES] ALIGNED, utility[2 * LANES] ALIGNED;
    int64_t rung[2 * LANES] ALIGNED;
    int64_t count;
} List;

typedef uint64_t Words __attribute__((vector_size(64), may_alias));
typedef int64_t Signed __attribute__((vector_size(64), may_alias));
typedef double Doubles __attribute__((vector_size(64), may_alias));

static inline Words product(Words a, uint32_t b)
{
#ifdef __AVX512F__ /* one instruction, which compilers do not find */
    return (Words)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(b));
#else
    return (a & 0xFFFFFFFF) * b;
#endif
}

static inline Doubles units(Words high, Words low)
{
    Words bits = (high << 32 | (low & 0xFFFFFFFF)) >> 11;
    return __builtin_convertvector((Signed)bits, Doubles) * 0x1p-53;
}

/* draws() of eight replicates; the upper halves of words hold anything. */
static inline void draw_eight(uint64_t seed, const int64_t *replicate, uint32_t week, Words block,
                              double *even, double *odd)
{
    Words c0 = block, c1 = (Words){} + week, c2 = *(const Words *)replicate, c3 = {};
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        Words p0 = product(c0, 0xD2511F53), p1 = product(c2, 0xCD9E8D57);
        c0 = p1 >> 32 ^ c1 ^ k0;
        c1 = p1;
        c2 = p0 >> 32 ^ c3 ^ k1;
        c3 = p0;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    *(Doubles *)even = units(c0, c1);
    *(Doubles *)odd = units(c2, c3);
}

static inline int any_of_eight_below(const double *draw, double limit)
{
#ifdef __AVX512F__
    return _mm512_cmp_pd_mask(_mm512_load_pd(draw), _mm512_set1_pd(limit), _CMP_LT_OQ) != 0;
#else
    int any = 0;
    for (int j = 0; j < 8; j++)
        any |= draw[j] < limit;
    return any;
#endif
}

typedef struct { int64_t rung; double utility; } Chosen;

/* What each rung needs: of capability, or more than there is where it is not open. */
static void set_needs(const Case *c, const Now *now, int actor, double needs[RUNGS])
{
    for (int k = 0; k < RUNGS; k++) {
        double capability = actor == MILITIAS ? c->provocations[k].capability : 0.0;
        needs[k] = open_rungs(now, actor) >> k & 1 ? capability : INFINITY;
    }
}

/* weigh() and pick() among the rungs that need no more than the chooser `has`. No last resort is
 * needed, as the draw is at most 1 - 2^-53, so that its product with the sum is below the sum. */
static inline Chosen choose(const double utility[RUNGS], const double needs[RUNGS], double has,
                            double rationality, double draw)
{
    double best = -INFINITY, sum = 0.0, cumulative[RUNGS];
    EACH_RUNG(k) best = larger(needs[k] <= has ? utility[k] : -INFINITY, best);
    EACH_RUNG(k) {
        double weight = exponential(rationality * (utility[k] - best));
        sum += needs[k] <= has ? weight : 0.0;
        cumulative[k] = sum;
    }
    double threshold = draw * sum;
    Chosen chosen = {0, utility[0]};
    EACH_RUNG(down) {
        int k = RUNGS - 1 - down;
        chosen.rung = threshold < cumulative[k] ? k : chosen.rung;
        chosen.utility = threshold < cumulative[k] ? utility[k] : chosen.utility;
    }
    return chosen;
}

static void review(const Case *c, const Now *now, Lanes *l, int64_t live, const double *luck,
                   const double *draw, List *iran)
{
    double needs[RUNGS];
    Whole reviews;
    set_needs(c, now, IRAN, needs);
    EACH(lane, live) {
        int stands = now->directive < 0 && needs[l->directive[lane]] <= 0.0;
        reviews[lane] = !stands || luck[lane] < c->iran.review;
    }
    int64_t count = 0;
    for (int64_t lane = 0; lane < live; lane++) {
        iran->lane[count] = lane;
        iran->draw[count] = draw[lane];
        count += reviews[lane];
    }
    EACH(j, count) {
        int64_t lane = iran->lane[j];
        double utility[RUNGS];
        EACH_RUNG(k) utility[k] = directive_worth(c, now, l->talks[lane], l->leverage[lane],
                                                  l->expected[k][lane], k);
        Chosen chosen = choose(utility, needs, 0.0, c->iran.rationality, iran->draw[j]);
        iran->rung[j] = chosen.rung;
        iran->utility[j] = chosen.utility;
    }
    for (int64_t j = 0; j < count; j++) {
        int64_t lane = iran->lane[j];
        l->directive[lane] = iran->rung[j];
        l->ordered[lane] = c->provocations[iran->rung[j]].severity;
        l->utility[IRAN][lane] += iran->utility[j];
    }
}

/* Let militias of a faction move, in their order; find those that attack. */
static void move(const Case *c, const Now *now, const Faction *own, int64_t faction, Lanes *l,
                 const double *capability, List *movers, List *attackers)
{
    double needs[RUNGS];
    set_needs(c, now, MILITIAS, needs);
    EACH(j, movers->count) {
        int64_t lane = movers->lane[j];
        double utility[RUNGS];
        EACH_RUNG(k) utility[k] = provocation_worth(c, now, own, l->grievance[lane],
                                                    l->control[lane], l->ordered[lane],
                                                    l->expected[k][lane], k);
        Chosen chosen = choose(utility, needs, capability[lane], c->militias.rationality,
                               movers->draw[j]);
        movers->rung[j] = chosen.rung;
        movers->utility[j] = chosen.utility;
    }
    int64_t attacks = 0;
    for (int64_t j = 0; j < movers->count; j++) {
        int64_t lane = movers->lane[j], rung = movers->rung[j], before = l->provoked[lane];
        l->utility_moved[lane] += movers->utility[j];
        l->provoked[lane] = rung > before ? rung : before;
        l->target[lane] = rung > before ? faction : l->target[lane];
        attackers->lane[attacks] = lane;
        attackers->block[attacks] = movers->block[j] + 1;
        attackers->replicate[attacks] = l->replicate[lane];
        attackers->rung[attacks] = rung;
        attacks += rung >= ROCKETS;
    }
    attackers->count = attacks;
}

typedef struct { /* of sites: cumulative weights for rockets and drones, and chances of a kill */
    double cumulative[2][SITES], kills[RUNGS * (SITES + 1)];
} Targets;

static void set_targets(const Case *c, Targets *targets)
{
    Choice sites[2];
    weigh_sites(c, sites);
    for (int means = 0; means < 2; means++)
        for (int s = 0; s < SITES; s++) {
            double weight = sites[means].allowed >> s & 1 ? sites[means].weight[s] : 0.0;
            targets->cumulative[means][s] = weight + (s ? targets->cumulative[means][s - 1] : 0.0);
        }
    for (int k = 0; k < RUNGS; k++)
        for (int s = 0; s <= SITES; s++)
            targets->kills[k * (SITES + 1) + s] = kill_chance(c, k, s);
}

static void attack(const Case *c, const Targets *targets, Lanes *l, uint64_t seed, uint32_t week,
                   const List *attackers)
{
    double even[2 * LANES] ALIGNED, odd[2 * LANES] ALIGNED;
    int64_t sites[2 * LANES] ALIGNED, kills[2 * LANES] ALIGNED;
    for (int64_t j = 0; j < attackers->count; j += 8)
        draw_eight(seed, &attackers->replicate[j], week, *(const Words *)&attackers->block[j],
                   &even[j], &odd[j]);
    EACH(j, attackers->count) {
        int64_t rung = attackers->rung[j], site = 0;
        double cumulative[SITES];
#pragma GCC unroll 5
        for (int s = 0; s < SITES; s++)
            cumulative[s] = rung == ROCKETS ? targets->cumulative[0][s] : targets->cumulative[1][s];
        double threshold = even[j] * cumulative[SITES - 1];
#pragma GCC unroll 5
        for (int s = SITES - 1; s >= 0; s--)
            site = threshold < cumulative[s] ? s : site;
        site = rung < ASSAULT ? site : NOWHERE;
        sites[j] = site;
        kills[j] = odd[j] < targets->kills[rung * (SITES + 1) + site];
    }
    for (int64_t j = 0; j < attackers->count; j++) {
        int64_t lane = attackers->lane[j], rung = attackers->rung[j];
        l->calm[lane] *= 1.0 - c->provocations[rung].severity;
        l->attack_rungs[rung - ROCKETS][lane]++;
        l->site_attacks[sites[j]][lane]++;
        l->fatal[lane] += kills[j];
    }
}

static void provoke(const Case *c, const Now *now, const Faction *multipliers,
                    const int64_t *faction_of, const Targets *targets, Lanes *l, int64_t live,
                    const Row *capability, uint64_t seed, uint32_t week, List *movers,
                    List *attackers)
{
    double opportunity = c->militias.tempo / (double)c->members;
    Row chance, draw;
    int64_t count = 0;
    for (int64_t i = 0; i < c->members; i++) {
        int64_t f = faction_of[i];
        for (int64_t lane = 0; lane < live; lane += 8)
            draw_eight(seed, &l->replicate[lane], week, (Words){} + block_of(i), &chance[lane],
                       &draw[lane]);
        for (int64_t lane = live; lane < whole_vectors(live); lane++)
            chance[lane] = INFINITY;
        for (int64_t eight = 0; eight < live; eight += 8)
            if (any_of_eight_below(&chance[eight], opportunity))
                for (int64_t lane = eight; lane < eight + 8; lane++) {
                    movers->lane[count] = lane;
                    movers->block[count] = block_of(i);
                    movers->draw[count] = draw[lane];
                    count += chance[lane] < opportunity;
                }
        movers->count = count;
        if (count > LANES || i + 1 == c->members || faction_of[i + 1] != f) {
            move(c, now, &multipliers[f], f, l, capability[f], movers, attackers);
            attack(c, targets, l, seed, week, attackers);
            count = 0;
        }
    }
}

static void respond(const Case *c, const Now *now, const Faction *multipliers, Lanes *l,
                    int64_t live, Row *capability, const double *draw)
{
    double needs[RUNGS];
    Whole struck;
    Row forces;
    set_needs(c, now, UNITED_STATES, needs);
    EACH(lane, live) {
        double talks = l->talks[lane], utility[RUNGS];
        double severity = severity_of(c, l->calm[lane], l->provoked[lane]);
        double crossings = (double)(l->fatal[lane] + (l->provoked[lane] >= ASSAULT));
        double pressure = pressure_felt(c, l->pressure[lane], severity, crossings);
        EACH_RUNG(k) utility[k] = response_worth(c, now, talks, pressure, crossings, k);
        Chosen chosen = choose(utility, needs, 0.0, c->united_states.rationality, draw[lane]);
        double force = c->responses[chosen.rung].force;
        l->utility[UNITED_STATES][lane] += chosen.utility;
        l->severity[lane] = severity;
        l->pressure[lane] = larger(0.0, pressure - force);
        l->response[lane] = chosen.rung;
        struck[lane] = chosen.rung >= STRIKE ? l->target[lane] : -1;
        forces[lane] = force;
    }
    EACH(lane, live) {
        double force = forces[lane];
        int64_t provoked = l->provoked[lane], response = l->response[lane];
        EACH_RUNG(k) l->expected[k][lane] = learnt(c, l->expected[k][lane], k, provoked, force);
        l->leverage[lane] = leverage_next(c, l->leverage[lane], l->severity[lane], l->talks[lane]);
        l->grievance[lane] = grievance_next(c, l->grievance[lane], response, force);
        l->control[lane] = control_next(c, l->control[lane], response, force);
        l->over[lane] = is_confrontation(provoked, l->directive[lane], response);
    }
    for (int64_t f = 0; f < c->factions; f++) {
        double most = sustained(now, &multipliers[f]);
        EACH(lane, live) capability[f][lane] = capability_next(c, capability[f][lane], most,
                                                               struck[lane] == f, forces[lane]);
    }
}

static void tally(Lanes *l, int64_t live, int64_t number, WeekCounts *count)
{
    int32_t severity[LANES], leverage[LANES], control[LANES], pressure[LANES];
    EACH(lane, live) {
        int64_t provoked = l->provoked[lane], response = l->response[lane];
        int64_t crisis = provoked >= ASSAULT || response >= DECAPITATION;
        int64_t outcome = crisis ? 2 : provoked >= ROCKETS, so_far = l->outcome[lane];
        int64_t came = l->first_crisis_week[lane];
        l->outcome[lane] = outcome > so_far ? outcome : so_far;
        l->first_crisis_week[lane] = crisis && came < 0 ? number : came;
        l->fatal_attacks[lane] += l->fatal[lane];
        l->crossings[lane] += l->fatal[lane] + (provoked >= ASSAULT);
        l->talks_weeks[lane] += l->talks[lane] > 0.0;
        l->utility[MILITIAS][lane] += l->utility_moved[lane];
        EACH_RUNG(k) l->provocation_weeks[k][lane] += provoked == k;
        EACH_RUNG(k) l->response_weeks[k][lane] += response == k;
    }
    EACH(lane, live) {
        l->sum_severity[lane] += l->severity[lane];
        l->sum_leverage[lane] += l->leverage[lane];
        l->sum_pressure[lane] += l->pressure[lane];
        l->peak_severity[lane] = larger(l->peak_severity[lane], l->severity[lane]);
        l->peak_leverage[lane] = larger(l->peak_leverage[lane], l->leverage[lane]);
        l->peak_pressure[lane] = larger(l->peak_pressure[lane], l->pressure[lane]);
        severity[lane] = bin_of(l->severity[lane]);
        leverage[lane] = bin_of(l->leverage[lane]);
        control[lane] = bin_of(l->control[lane]);
        pressure[lane] = bin_of(l->pressure[lane] / (1.0 + l->pressure[lane]));
    }
    for (int64_t lane = 0; lane < live; lane++) {
        count->talks += l->talks[lane] > 0.0;
        count->provocation[l->provoked[lane]]++;
        count->response[l->response[lane]]++;
        count->directive[l->directive[lane]]++;
        count->severity[severity[lane]]++;
        count->leverage[leverage[lane]]++;
        count->control[control[lane]]++;
        count->pressure[pressure[lane]]++;
    }
}

static void begin(const Case *c, const Now *now, const Faction *multipliers, Lanes *l,
                  Row *capability, int64_t first)
{
    memset(l, 0, sizeof *l);
    for (int64_t lane = 0; lane < LANES; lane++) {
        l->replicate[lane] = first + lane;
        l->talks[lane] = (double)c->environment.talks;
        l->control[lane] = 1.0;
        l->ordered[lane] = c->provocations[QUIET].severity;
        l->first_crisis_week[lane] = -1;
        for (int k = 0; k < RUNGS; k++)
            l->expected[k][lane] = prior(c, k);
        for (int64_t f = 0; f < c->factions; f++)
            capability[f][lane] = sustained(now, &multipliers[f]);
    }
}

static void finish_lane(const Lanes *l, int64_t lane, int64_t lived, Measures *m)
{
    m->outcome = (int8_t)l->outcome[lane];
    m->fatal_attacks = (int32_t)l->fatal_attacks[lane];
    m->crossings = (int32_t)l->crossings[lane];
    m->talks_weeks = (int32_t)l->talks_weeks[lane];
    m->first_crisis_week = (int32_t)l->first_crisis_week[lane];
    m->mean_severity = l->sum_severity[lane];
    m->mean_leverage = l->sum_leverage[lane];
    m->mean_pressure = l->sum_pressure[lane];
    m->peak_severity = l->peak_severity[lane];
    m->peak_leverage = l->peak_leverage[lane];
    m->peak_pressure = l->peak_pressure[lane];
    for (int a = 0; a < ACTORS; a++)
        m->utility[a] = l->utility[a][lane];
    for (int k = 0; k < RUNGS; k++) {
        m->provocation_weeks[k] = (int32_t)l->provocation_weeks[k][lane];
        m->response_weeks[k] = (int32_t)l->response_weeks[k][lane];
    }
    for (int k = 0; k < RUNGS - ROCKETS; k++)
        m->attack_rungs[k] = (int32_t)l->attack_rungs[k][lane];
    for (int s = 0; s < SITES; s++)
        m->site_attacks[s] = (int32_t)l->site_attacks[s][lane];
    finish(m, lived, (int)l->over[lane]);
}

/* Let a lane hold what another does. */
static void move_lane(Lanes *l, Row *capability, int64_t factions, int64_t from, int64_t to)
{
    for (char *row = (char *)l; row < (char *)(l + 1); row += sizeof(Row))
        memcpy(row + to * 8, row + from * 8, 8);
    for (int64_t f = 0; f < factions; f++)
        capability[f][to] = capability[f][from];
}

void lanes(const Case *given, const Now *schedule, const Faction *multipliers,
           const int64_t *faction_of, uint64_t seed, int64_t first, int64_t replicates,
           Measures *measures, WeekCounts *counts)
{
    const Case fixed = *given, *c = &fixed;
    Lanes all, *l = &all;
    List chosen = {.count = 0}, attackers = chosen; /* what lies behind the last is a lane, too */
    Row *capability = aligned_alloc(64, (size_t)c->factions * sizeof *capability);
    Row talks, reviewed, ordered, answered;
    Targets targets;
    set_targets(c, &targets);
    for (int64_t start = 0; start < replicates; start += LANES) {
        int64_t live = replicates - start < LANES ? replicates - start : LANES;
        begin(c, &schedule[0], multipliers, l, capability, first + start);
        for (int64_t number = 0; number < c->weeks && live; number++) {
            const Now now = schedule[number];
            uint32_t week = (uint32_t)number;
            for (int64_t lane = 0; lane < live; lane += 8) {
                draw_eight(seed, &l->replicate[lane], week, (Words){}, &talks[lane],
                           &reviewed[lane]);
                draw_eight(seed, &l->replicate[lane], week, (Words){} + 1, &ordered[lane],
                           &answered[lane]);
            }
            EACH(lane, live) {
                l->talks[lane] = talks_next(c, &now, l->talks[lane], l->severity[lane],
                                            talks[lane]);
                l->provoked[lane] = QUIET;
                l->target[lane] = faction_of[0];
                l->fatal[lane] = 0;
                l->calm[lane] = 1.0;
                l->utility_moved[lane] = 0.0;
            }
            review(c, &now, l, live, reviewed, ordered, &chosen);
            provoke(c, &now, multipliers, faction_of, &targets, l, live, capability, seed, week,
                    &chosen, &attackers);
            respond(c, &now, multipliers, l, live, capability, answered);
            tally(l, live, number, &counts[number]);
            for (int64_t lane = live - 1; lane >= 0; lane--)
                if (l->over[lane] || number + 1 == c->weeks) {
                    finish_lane(l, lane, number + 1, &measures[l->replicate[lane] - first]);
                    move_lane(l, capability, c->factions, --live, lane);
                }
        }
    }
    free(capability);
}
#endif
