"""Shared by the programs here: runs of emix, problems drawn from a seed, tables and verdicts."""
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "compare"))
import harness  # noqa: E402

DATA = os.path.join(HERE, "..", "..", "tests", "data")
METHODS = ("random-rows", "random-responsibilities")
SAME_MAXIMUM = 0.01  # nats
AT_ITERATION_LIMIT = 4  # exit status of emix fit


class Emix:
    """The program, with a time limit for each run and a directory for its output files."""

    def __init__(self, program, directory, threads, limit_s):
        self.program = program
        self.directory = directory
        self.threads = threads
        self.limit_s = limit_s
        os.makedirs(directory, exist_ok=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def call(self, *arguments):
        out, _, _ = harness.run_child([self.program] + [str(a) for a in arguments], self.limit_s,
                                      n_threads=self.threads)
        return out

    def fit(self, data, n_components, *options):
        """The emix.fit/1 document; harness.Failure if there is no converged model."""
        return json.loads(self.call("fit", data, "-k", n_components, "--threads", self.threads,
                                    "--json", *options))

    def timed_fit(self, data, n_components, *options):
        """The document and the harness.Child of a fit, which may stop at its iteration limit."""
        child = harness.measure_child(
            [self.program, "fit", data, "-k", str(n_components), "--threads", str(self.threads),
             "--json"] + [str(option) for option in options], self.limit_s,
            n_threads=self.threads, accepted=(0, AT_ITERATION_LIMIT))
        return json.loads(child.output), child

    def log_likelihood(self, model, data):
        """The log-likelihood at parameters: a dictionary with weights, means and covariances."""
        path = self.path("scored.json")
        write_model(model, path)
        return json.loads(self.call("score", path, data, "--json"))["log_likelihood"]


def write_model(model, path):
    document = {"schema": "emix.model/1", "family": "gaussian", "covariance": "VVV",
                "n_components": len(model["weights"]), "n_features": len(model["means"][0]),
                **{name: model[name] for name in ("weights", "means", "covariances")}}
    with open(path, "w") as file:
        json.dump(document, file)


class Case:
    """A problem and a single random start for it."""

    def __init__(self, name, data, n_components, method, seed):
        self.name = f"{name}, K={n_components}, {method}, seed {seed}"
        self.data = data
        self.n_components = n_components
        self.start = ("--starts", 1, "--init-method", method, "--seed", seed, "--search", "none")


def random_model(rng, n_features, n_components, separation):
    """Means typically `separation` standard deviations apart, covariances of about 1."""
    spread = separation / (2.0 * n_features) ** 0.5
    shares = [1.0 + rng.random() for _ in range(n_components)]
    model = {"weights": [share / sum(shares) for share in shares], "means": [], "covariances": []}
    for _ in range(n_components):
        model["means"].append([rng.gauss(0.0, spread) for _ in range(n_features)])
        factor = [[rng.gauss(0.0, 0.3) for _ in range(i)] + [rng.uniform(0.6, 1.4)]
                  for i in range(n_features)]
        model["covariances"].append([[sum(a * b for a, b in zip(x, y)) for y in factor]
                                     for x in factor])
    return model


def sampled_case(emix, rng, index):
    n_features, n_components = rng.randint(1, 5), rng.randint(2, 5)
    n_rows, separation = rng.randint(200, 2000), rng.uniform(0.8, 2.0)
    model_path, data = emix.path(f"truth{index}.json"), emix.path(f"sample{index}.npy")
    write_model(random_model(rng, n_features, n_components, separation), model_path)
    emix.call("sample", model_path, "-n", n_rows, "--seed", index, "-o", data)
    name = f"{n_rows} x {n_features} sampled, {separation:.2f} sd apart"
    return Case(name, data, n_components, rng.choice(METHODS), index)


def real_case(rng, index):
    name = rng.choice(("faithful", "iris", "diabetes", "geyser"))
    return Case(name, os.path.join(DATA, name + ".csv"), rng.choice((3, 4)), rng.choice(METHODS),
                index)


def cases(emix, seed):
    """Without end: three overlapping mixtures sampled from random models, then a real data set."""
    index = 0
    while True:
        rng = random.Random(f"{seed}/{index}")
        yield real_case(rng, index) if index % 4 == 3 else sampled_case(emix, rng, index)
        index += 1


def need(what, found, relation, limit):
    """A required number, and True if it is met; None if there is nothing to judge."""
    met = found is not None and (found >= limit if relation == ">=" else found <= limit)
    return {"what": what, "found": found, "relation": relation, "limit": limit, "met": met}


def quantile(values, share):
    """A quantile of a non-empty list: the nearest value."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def markdown_table(columns, rows):
    """columns: names; those that begin with < are aligned left."""
    lines = ["| " + " | ".join(name.lstrip("<") for name in columns) + " |",
             "| " + " | ".join("---" if name.startswith("<") else "---:" for name in columns)
             + " |"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def report(name, title, lines, document, directory):
    """Prints and writes a result; returns the exit status."""
    needs = document["needs"]
    rows = [(n["what"], "nothing to judge by" if n["found"] is None else f"{n['found']:.4g}",
             f"{n['relation']} {n['limit']:g}", "yes" if n["met"] else "NO") for n in needs]
    lines = [f"# {title}", ""] + lines + [""] + markdown_table(
        ("<what", "found", "needed", "met"), rows)
    text = "\n".join(lines) + "\n"
    print(text, flush=True)
    with open(os.path.join(directory, name + ".md"), "w") as file:
        file.write(text)
    with open(os.path.join(directory, name + ".json"), "w") as file:
        json.dump({"schema": f"emix.trust-{name}/1", **document}, file, indent=1)
    return 0 if all(n["met"] for n in needs) else 1
