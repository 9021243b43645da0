"""Passes of plain and accelerated EM from the same start, in cases where plain EM is slow."""
import math

import harness
import trust


def add_arguments(parser):
    parser.add_argument("--seed", type=int, default=0, help="of the problems (%(default)s)")
    parser.add_argument("--runs", type=int, default=60,
                        help="in which plain EM makes --slow passes or more (%(default)s)")
    parser.add_argument("--slow", type=int, default=100, help="(%(default)s)")
    parser.add_argument("--max-iter", type=int, default=100000, help="of a fit (%(default)s)")


def compare(emix, case, max_iterations):
    """Both methods from the case's start, plain EM first; harness.Failure says which one
    failed."""
    row = {"case": case.name}
    for method in ("none", "squarem"):
        try:
            fit = emix.fit(case.data, case.n_components, *case.start, "--accelerate", method,
                           "--max-iter", max_iterations)
        except harness.Failure as failure:
            raise harness.Failure(f"with --accelerate {method} {failure}") from None
        row[method] = {"passes": fit["n_passes"], "log_likelihood": fit["log_likelihood"],
                       "decrease_ulps": fit["certificate"]["decrease_ulps"],
                       "rejected": fit["acceleration"]["rejected"],
                       "flags": fit["certificate"]["flags"]}
    row["ratio"] = row["none"]["passes"] / row["squarem"]["passes"]
    row["difference"] = row["squarem"]["log_likelihood"] - row["none"]["log_likelihood"]
    row["same"] = abs(row["difference"]) < trust.SAME_MAXIMUM
    return row


def collect(emix, arguments):
    """The slow runs, the number of runs that were not slow, and the failures."""
    rows, n_fast, failures = [], 0, []
    for tried, case in enumerate(trust.cases(emix, arguments.seed)):
        if len(rows) == arguments.runs or tried == 5 * arguments.runs:
            break
        try:
            row = compare(emix, case, arguments.max_iter)
        except harness.Failure as failure:
            failures.append({"case": case.name, "reason": str(failure)})
            continue
        if row["none"]["passes"] >= arguments.slow:
            rows.append(row)
        else:
            n_fast += 1
    return rows, n_fast, failures


def table_row(row):
    return (row["case"], row["none"]["passes"], row["squarem"]["passes"],
            row["squarem"]["rejected"], f"{row['ratio']:.2f}",
            f"{row['none']['log_likelihood']:.4f}", f"{row['difference']:+.2g}",
            f"{max(row['none']['decrease_ulps'], row['squarem']['decrease_ulps']):.2g}",
            " ".join(row["squarem"]["flags"]))


def run(emix, arguments):
    rows, n_fast, failures = collect(emix, arguments)
    same = [row for row in rows if row["same"]]
    apart = [row for row in rows if not row["same"]]
    ratios = [row["ratio"] for row in same]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None
    decreases = [row[method]["decrease_ulps"] for row in rows for method in ("none", "squarem")]
    lines = trust.markdown_table(
        ("<start", "passes, plain", "accelerated", "rejected", "ratio", "log-likelihood, plain",
         "accelerated, more", "decrease, ulps", "<flags"), [table_row(row) for row in rows])
    lines += ["", f"{len(rows)} runs in which plain EM makes {arguments.slow} passes or more; "
              f"{n_fast} others were faster, {len(failures)} ended in no model. {len(same)} end in "
              f"the same maximum; of the {len(apart)} others acceleration ends higher in "
              f"{sum(row['difference'] > 0 for row in apart)}, with ratios from "
              f"{min((row['ratio'] for row in apart), default=math.nan):.2f} to "
              f"{max((row['ratio'] for row in apart), default=math.nan):.2f}."]
    lines += [f"No model: {f['case']}: {f['reason']}." for f in failures]
    needs = [trust.need("runs", len(rows), ">=", arguments.runs),
             trust.need("geometric mean of the ratios, same maximum", mean, ">=", 3.0),
             trust.need("least ratio, same maximum", min(ratios, default=None), ">=", 1.0),
             trust.need("largest decrease, ulps", max(decreases, default=None), "<=", 64.0)]
    document = {"seed": arguments.seed, "rows": rows, "n_fast": n_fast, "failures": failures,
                "needs": needs}
    return trust.report("acceleration", "Passes of plain and of accelerated EM", lines, document,
                        arguments.output)
