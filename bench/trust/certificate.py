"""The gain of converged fits when they are continued, compared with the gap they predicted."""
import sys

import harness
import trust

TOLERANCES = ("1e-2", "1e-4", "1e-6")


def add_arguments(parser):
    parser.add_argument("--seed", type=int, default=0, help="of the problems (%(default)s)")
    parser.add_argument("--runs", type=int, default=200, help="(%(default)s)")
    parser.add_argument("--max-iter", type=int, default=200000, help="of a fit (%(default)s)")


def continue_fit(emix, case, method, tolerance, max_iterations):
    """A fit, and the fit that continues it with a tolerance of 1e-12."""
    model_path = emix.path("certified.json")
    fit = emix.fit(case.data, case.n_components, *case.start, "--accelerate", method, "--tol",
                   tolerance, "--max-iter", max_iterations, "-o", model_path)
    rounding = 64.0 * sys.float_info.epsilon * abs(fit["log_likelihood"])
    row = {"case": case.name, "method": method, "tolerance": tolerance, "rounding": rounding,
           "predicted": fit["certificate"]["gap"], "rate": fit["certificate"]["rate"],
           "passes": fit["n_passes"], "log_likelihood": fit["log_likelihood"],
           "flags": fit["certificate"]["flags"], "true": None, "further_passes": None}
    try:
        further = emix.fit(case.data, case.n_components, "--init", model_path, "--tol", "1e-12",
                           "--accelerate", "squarem", "--max-iter", max_iterations)
    except harness.Failure as failure:
        return {**row, "holds": False, "note": str(failure)}
    row["true"] = further["log_likelihood"] - fit["log_likelihood"]
    row["further_passes"] = further["n_passes"]
    return {**row, "holds": row["true"] <= 2.0 * row["predicted"] + rounding}


def collect(emix, arguments):
    rows, failures = [], []
    for index, case in enumerate(trust.cases(emix, arguments.seed)):
        if len(rows) == arguments.runs or index == 2 * arguments.runs:
            return rows, failures
        method = ("none", "squarem")[index // len(TOLERANCES) % 2]
        try:
            rows.append(continue_fit(emix, case, method, TOLERANCES[index % len(TOLERANCES)],
                                     arguments.max_iter))
        except harness.Failure as failure:
            failures.append({"case": case.name, "reason": str(failure)})
    return rows, failures


def distribution_row(name, rows):
    """Quantiles of true / predicted gain, over the rows whose prediction is above rounding."""
    ratios = [max(0.0, row["true"]) / row["predicted"] for row in rows
              if row["true"] is not None and row["predicted"] > row["rounding"]]
    held = sum(row["holds"] for row in rows)
    cells = [f"{trust.quantile(ratios, share):.2g}" for share in (0.05, 0.25, 0.5, 0.75, 0.95)] \
        if ratios else [""] * 5
    return [name, len(rows), held] + cells + [f"{max(ratios):.3g}" if ratios else ""]


def failure_row(row):
    came_to_an_end = row["true"] is not None
    return (row["case"], row["method"], row["tolerance"], f"{row['predicted']:.2g}",
            f"{row['true']:.3g}" if came_to_an_end else "no model", f"{row['rate']:.4f}",
            row["passes"], row["further_passes"] if came_to_an_end else "",
            " ".join(row["flags"]))


def run(emix, arguments):
    rows, failures = collect(emix, arguments)
    missed = [row for row in rows if not row["holds"]]
    unflagged = [row for row in missed if not row["flags"]]
    groups = [distribution_row("all", rows)]
    for method in ("none", "squarem"):
        for tolerance in TOLERANCES:
            chosen = [r for r in rows if r["method"] == method and r["tolerance"] == tolerance]
            groups.append(distribution_row(f"{method}, {tolerance}", chosen))
    lines = trust.markdown_table(
        ("<method, tolerance", "runs", "held", "5 %", "25 %", "median", "75 %", "95 %", "most"),
        groups)
    lines += ["", f"True over predicted gain; {len(failures)} further starts ended in no model. "
              f"Of the {len(missed)} runs that gained more than twice the prediction and rounding, "
              f"or went on to no model, {len(missed) - len(unflagged)} carry a flag."]
    if missed:
        lines += [""] + trust.markdown_table(
            ("<start", "<method", "tolerance", "predicted", "true", "rate", "passes", "further",
             "<flags"), [failure_row(row) for row in missed])
    lines += [f"No model: {f['case']}: {f['reason']}." for f in failures]
    share = sum(row["holds"] for row in rows) / len(rows) if rows else None
    needs = [trust.need("runs", len(rows), ">=", arguments.runs),
             trust.need("share that gains at most twice the prediction", share, ">=", 0.95)]
    document = {"seed": arguments.seed, "rows": rows, "failures": failures, "needs": needs}
    return trust.report("certificate", "Predicted and true remaining gain", lines, document,
                        arguments.output)
