"""Maxima of planted mixtures with 3 to 128 components, compared with EM from their parameters."""
import collections
import math
import os
import sys

import harness
import starts
import trust

Planted = collections.namedtuple(
    "Planted", "name n_components n_features n_rows separation weights kind best")
# The recipe is in planted_data.py; best: the largest log-likelihood seen of a sound model.
SUITE = [Planted(*row) for row in (
    ("k3", 3, 2, 5000, 1.5, "equal", "plain", -12747.2226),
    ("k3nest", 3, 2, 5000, 1.5, "equal", "nested3", -9691.9662),
    ("k5un", 5, 2, 10000, 1.5, "uneven", "plain", -27535.5242),
    ("k5lo", 5, 8, 10000, 0.8, "equal", "plain", -99844.3094),
    ("k5ra", 5, 4, 20000, 2.0, "geometric", "plain", -100785.2360),
    ("k10d2", 10, 2, 20000, 3.0, "equal", "plain", -82965.7095),
    ("k10un", 10, 4, 20000, 1.5, "uneven", "plain", -109834.7099),
    ("k10vol", 10, 8, 30000, 1.0, "equal", "volumes", -176720.1565),
    ("k10nest", 10, 4, 20000, 2.0, "equal", "nested2", -121317.2148),
    ("k10d16", 10, 16, 20000, 0.8, "uneven", "plain", -354367.6027),
    ("k16lo", 16, 8, 50000, 1.0, "equal", "plain", -539312.1459),
    ("k16un", 16, 8, 50000, 1.5, "uneven", "plain", -494882.3867),
    ("k16ra", 16, 4, 30000, 2.0, "geometric", "plain", -166332.3802),
    ("k16vol", 16, 2, 20000, 3.0, "equal", "volumes", -75229.6429),
    ("k16d32", 16, 32, 20000, 0.8, "equal", "plain", -686534.9836),
    ("k32d4", 32, 4, 50000, 2.0, "equal", "plain", -353260.6626),
    ("k32ra", 32, 8, 50000, 1.5, "geometric", "plain", -577760.2569),
    ("k32d16", 32, 16, 50000, 1.0, "uneven", "plain", -955443.0108),
    ("k32d2", 32, 2, 50000, 3.0, "equal", "plain", -234319.0341),
    ("k33noise", 33, 4, 50000, 2.5, "equal", "noise", -393027.1249),
    ("k32nest", 32, 8, 50000, 1.5, "equal", "nested2", -583629.1076),
    ("k64eq", 64, 8, 100000, 1.5, "equal", "plain", -1232318.9215),
    ("k64un", 64, 8, 100000, 2.0, "uneven", "plain", -1173346.3460),
    ("k64vol", 64, 16, 50000, 1.2, "uneven", "volumes", -699281.6903),
    ("k128eq", 128, 8, 100000, 2.0, "equal", "plain", -1306054.7598),
    ("k128un", 128, 4, 100000, 3.0, "uneven", "plain", -811697.0125),
)]
FIRST_SEED = 1000     # of the rows; one more for each problem
MANY_COMPONENTS = 16  # passes are counted, and required, from here on
MANY_ROWS = 20000     # scikit-learn must be slower from here on
FEW_CELLS = 100000    # rows x components up to which scikit-learn runs with 20 starts
ONE_START = ("--search", "none", "--init-method", "kmeans++", "--starts", 1)


def add_arguments(parser):
    parser.add_argument("--seeds", type=int, default=3, help="of default fits (%(default)s)")
    parser.add_argument("--only", help="names of problems, separated by commas (all)")
    parser.add_argument("--peers", action="store_true",
                        help="scikit-learn as well, and one k-means++ start of emix, of seed 0")
    parser.add_argument("--work", help="directory of the problems (a folder of --output)")


class EmixProgram:
    """emix with some options; the seconds are those of the whole command."""

    def __init__(self, name, n_seeds, *options):
        self.name, self.n_seeds, self.options = name, n_seeds, options

    def suits(self, planted):
        return True

    def run(self, emix, problem):
        for seed in range(self.n_seeds):
            yield fit_row(*emix.timed_fit(problem["data"], problem["planted"].n_components,
                                          "--seed", seed, *self.options))


class SklearnProgram(starts.PeerProgram):
    """scikit-learn; the seconds are those of its fit alone."""

    def __init__(self, name, most_cells, *options):
        super().__init__(name, "sklearn_fit.py", *options)
        self.most_cells = most_cells

    def suits(self, planted):
        return planted.n_rows * planted.n_components <= self.most_cells

    def run(self, emix, problem):
        data, best = problem["data"], problem["best"]
        for fit in super().run(emix, data, problem["planted"].n_components, range(1)):
            found = emix.log_likelihood(fit, data)
            above = found > best + trust.SAME_MAXIMUM
            yield {"log_likelihood": found, "seconds": fit["seconds"], "cpu_s": fit["cpu_s"],
                   "passes": fit["iterations"], "stop": None,
                   "sound": not above or starts.is_sound(emix, fit, data)}


def fit_row(document, child):
    """What is kept of a fit of emix: passes are all work, in passes over all rows."""
    search = document.get("search", {})
    return {"log_likelihood": document["log_likelihood"], "seconds": child.seconds,
            "cpu_s": child.cpu_s, "passes": document["n_passes"] + search.get("passes", 0.0),
            "stop": document["stop"], "residual": search.get("residual"),
            "sound": not document["certificate"]["flags"]}


def prepare(emix, planted, directory):
    """Draws a problem, and goes on from its parameters to a maximum by EM alone."""
    data, truth = (os.path.join(directory, planted.name + end) for end in (".npy", ".json"))
    seed = FIRST_SEED + [p.name for p in SUITE].index(planted.name)
    harness.run_child(
        [harness.PYTHON, os.path.join(trust.HERE, "planted_data.py")]
        + [str(value) for value in planted[1:7]] + [str(seed), data, truth], emix.limit_s)
    fit = fit_row(*emix.timed_fit(data, planted.n_components, "--init", truth))
    return {"planted": planted, "data": data, "truth": fit, "runs": {},
            "best": max(planted.best, fit["log_likelihood"])}


def programs(arguments):
    """emix by default, first; with --peers the others."""
    peers = [SklearnProgram("scikit-learn", math.inf),
             SklearnProgram("scikit-learn, 20 starts", FEW_CELLS, "n_init=20"),
             EmixProgram("one k-means++ start", 1, *ONE_START)]
    return [EmixProgram("emix", arguments.seeds)] + (peers if arguments.peers else [])


def collect(emix, arguments):
    """The problems with the runs of every program, and what failed."""
    wanted = arguments.only.split(",") if arguments.only else [p.name for p in SUITE]
    unknown = set(wanted) - {p.name for p in SUITE}
    if unknown:
        sys.exit(f"no problem {', '.join(sorted(unknown))}")
    directory = arguments.work or os.path.join(arguments.output, "planted-files")
    os.makedirs(directory, exist_ok=True)
    problems, failures = [], {}
    for planted in SUITE:
        if planted.name in wanted:
            try:
                problems.append(prepare(emix, planted, directory))
            except harness.Failure as failure:
                failures[f"from planted parameters, {planted.name}"] = str(failure)
    for program in programs(arguments):
        for problem in problems:
            planted = problem["planted"]
            if not program.suits(planted):
                continue
            try:
                runs = problem["runs"][program.name] = list(program.run(emix, problem))
                problem["best"] = max([problem["best"]]
                                      + [r["log_likelihood"] for r in runs if r["sound"]])
            except harness.Failure as failure:
                failures[f"{program.name}, {planted.name}"] = str(failure)
            print(f"{program.name}, {planted.name}: done", file=sys.stderr, flush=True)
    return problems, failures


def hits(problem, name="emix"):
    return sum(run["log_likelihood"] >= problem["best"] - trust.SAME_MAXIMUM
               for run in problem["runs"].get(name, []))


def least(problem, name, what="seconds"):
    return min((run[what] for run in problem["runs"].get(name, [])), default=None)


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def above(problem, runs):
    """What runs reached above the maximum from the planted parameters, in nats."""
    return " ".join(f"{run['log_likelihood'] - problem['truth']['log_likelihood']:+.2f}"
                    for run in runs)


def table_row(problem, names):
    planted, truth = problem["planted"], problem["truth"]
    runs = problem["runs"].get("emix", [])
    cells = [planted.name, f"{planted.n_rows} x {planted.n_features}, {planted.n_components}",
             f"{truth['log_likelihood']:.2f}" + ("" if truth["stop"] == "converged" else " *"),
             f"{problem['best'] - truth['log_likelihood']:+.2f}", above(problem, runs),
             hits(problem)]
    if runs:
        cells += [f"{trust.quantile([run['passes'] for run in runs], 0.5):.0f}",
                  f"{least(problem, 'emix'):.2f}", f"{least(problem, 'emix', 'cpu_s'):.2f}"]
    else:
        cells += [""] * 3
    for name in names:
        peer = problem["runs"].get(name, [])
        cells += [above(problem, peer), f"{least(problem, name):.2f}" if peer else ""]
    return cells


def against(problems, name):
    """How the runs of emix compare with a program's single run, in words and numbers."""
    both = [p for p in problems if p["runs"].get(name) and p["runs"].get("emix")]
    gains = [run["log_likelihood"] - p["runs"][name][0]["log_likelihood"]
             for p in both for run in p["runs"]["emix"]]
    ratios = [least(p, name) / least(p, "emix") for p in both]
    many = [p for p in both if p["planted"].n_rows >= MANY_ROWS]
    return {"name": name, "n_problems": len(both), "n_runs": len(gains),
            "n_higher": sum(gain > trust.SAME_MAXIMUM for gain in gains),
            "n_lower": sum(gain < -trust.SAME_MAXIMUM for gain in gains),
            "least_gain": min(gains, default=None), "hits": sum(hits(p, name) for p in both),
            "n_sooner": sum(ratio > 1.0 for ratio in ratios), "ratio": geometric_mean(ratios),
            "cpu_ratio": geometric_mean([least(p, name, "cpu_s") / least(p, "emix", "cpu_s")
                                         for p in both]),
            "seconds": geometric_mean([least(p, name) for p in both]),
            "own_seconds": geometric_mean([least(p, "emix") for p in both]),
            "n_many_rows": len(many),
            "n_slower_many_rows": sum(least(p, name) <= least(p, "emix") for p in many)}


def comparison_line(c):
    return (f"{c['name']}: finds the best known in {c['hits']} of {c['n_problems']} problems, in "
            f"{c['seconds']:.2f} s in the geometric mean, emix in {c['own_seconds']:.2f} s there: "
            f"{c['ratio']:.2f} times as long, and {c['cpu_ratio']:.2f} times the processor time. "
            f"Of {c['n_runs']} runs of emix {c['n_higher']} end higher and {c['n_lower']} lower, "
            f"the least gain being {c['least_gain']:.2f} nats; it is sooner on {c['n_sooner']} of "
            f"{c['n_problems']} problems, on {c['n_many_rows'] - c['n_slower_many_rows']} of the "
            f"{c['n_many_rows']} with {MANY_ROWS} rows or more.")


def requirements(problems, comparisons):
    runs = [(p, run) for p in problems for run in p["runs"].get("emix", [])]
    passes = [run["passes"] for p, run in runs if p["planted"].n_components >= MANY_COMPONENTS]
    needs = [trust.need("share of runs that find the best known maximum",
                        sum(map(hits, problems)) / len(runs) if runs else None, ">=", 0.92)]
    if passes:
        needs += [trust.need(f"median of passes, K >= {MANY_COMPONENTS}",
                             trust.quantile(passes, 0.5), "<=", 80)]
    for c in comparisons[:1]:
        needs += [trust.need(f"runs below {c['name']}", c["n_lower"], "<=", 0),
                  trust.need(f"problems of {MANY_ROWS} rows or more on which emix is not sooner",
                             c["n_slower_many_rows"], "<=", 0),
                  trust.need("seconds of scikit-learn over those of emix, geometric mean",
                             c["ratio"], ">=", 10)]
    return needs


def summary(problems):
    runs = [(p, run) for p in problems for run in p["runs"].get("emix", [])]
    at_truth = sum(run["log_likelihood"] >= p["truth"]["log_likelihood"] - trust.SAME_MAXIMUM
                   for p, run in runs)
    seconds = [least(p, "emix") for p in problems if p["runs"].get("emix")]
    return (f"emix: {sum(map(hits, problems))} of {len(runs)} runs end within "
            f"{trust.SAME_MAXIMUM:g} nats of the best known, {at_truth} at or above the maximum "
            f"from the planted parameters; {geometric_mean(seconds) or math.nan:.2f} s in the "
            "geometric mean.")


def run(emix, arguments):
    return report(*collect(emix, arguments), arguments)


def report(problems, failures, arguments):
    names = [program.name for program in programs(arguments)[1:]]
    columns = ["<problem", "<N x D, K", "log-likelihood, planted", "best known", "<emix", "found",
               "passes", "s", "CPU s"]
    for name in names:
        columns += [name, "s"]
    comparisons = [against(problems, name) for name in names
                   if any(p["runs"].get(name) for p in problems)]
    lines = trust.markdown_table(columns, [table_row(p, names) for p in problems])
    lines += ["", "Log-likelihoods after the third column are above that of the maximum to which "
              "EM leads from the planted parameters (* stopped at its limit), one for each seed. "
              "Passes: all work, in passes over all rows, median. Seconds: the least of the "
              "seeds; of emix the whole command, of scikit-learn the fit.", "", summary(problems)]
    lines += [comparison_line(c) for c in comparisons]
    lines += [f"Left out: {name}: {reason}." for name, reason in failures.items()]
    document = {"threads": arguments.threads, "comparisons": comparisons, "failures": failures,
                "problems": [{**p, "planted": p["planted"]._asdict()} for p in problems],
                "needs": requirements(problems, comparisons)}
    return trust.report("planted", "Maxima of planted mixtures", lines, document,
                        arguments.output)
