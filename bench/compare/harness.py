"""Runs emix and its peers on the same problem from the same start; used by ./run and ../fit/run.

Every program runs as a child process of its own, with a time limit; its peak memory is the child's
ru_maxrss. Only the standard library is imported here, because the memory of this process is a lower
bound on the measured peak of its children.
"""
import array
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's: the one that sees Debian's packages
SHAPES = {
    "A": (1000000, 2, 5), "B": (1000000, 8, 16), "C": (200000, 32, 32),
    "D": (100000, 64, 64), "E": (50000, 128, 16), "F": (20000, 384, 8),
}
CORES = ("default", "SkylakeX", "Zen", "Haswell")
# Of a child: what it printed, seconds from start to end, of processors, and its peak of memory.
Child = collections.namedtuple("Child", "output seconds cpu_s peak_bytes")


class Failure(Exception):
    """A program could not be run or did not finish; the text says why."""


class OverLimit(Failure):
    """A program was stopped at its time limit; `output` is what it had printed by then."""

    def __init__(self, limit_s, output):
        super().__init__(f"over the limit of {limit_s:g} s")
        self.output = output


def parse_shape(text):
    sizes = SHAPES.get(text) or tuple(int(size) for size in text.split("x"))
    if len(sizes) != 3:
        raise ValueError(f"no shape {text}")
    return sizes


def measure_child(command, limit_s, core="default", n_threads=1, accepted=(0,)):
    """Runs a program to its end; one of the `accepted` exit statuses is success."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(n_threads),
                       OPENBLAS_NUM_THREADS=str(n_threads))
    environment.pop("OPENBLAS_CORETYPE", None)
    if core != "default":
        environment["OPENBLAS_CORETYPE"] = core
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=errors, env=environment)
        while True:
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            seconds = time.monotonic() - began
            if done:
                break
            if seconds > limit_s:
                child.kill()
                os.wait4(child.pid, 0)
                child.returncode = -9
                out.seek(0)
                raise OverLimit(limit_s, out.read())
            time.sleep(min(0.05, 0.001 + 0.01 * seconds))
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if child.returncode not in accepted:
            last = errors.read().strip().splitlines()[-1:] or [f"status {child.returncode}"]
            raise Failure(f"failed: {last[0][:200]}")
        out.seek(0)
        return Child(out.read(), seconds, usage.ru_utime + usage.ru_stime,
                     usage.ru_maxrss * 1024)


def run_child(command, limit_s, core="default", n_threads=1):
    """Returns (standard output, seconds, peak bytes) of a program that succeeds."""
    child = measure_child(command, limit_s, core, n_threads)
    return child.output, child.seconds, child.peak_bytes


def find_programs(build):
    """Paths of the project's programs in a build tree."""
    programs = {name: os.path.join(build, folder, name) for name, folder in
                (("emix", "src"), ("emix-bench", "bench"), ("emix-bench-data", "bench"))}
    for path in programs.values():
        if not os.access(path, os.X_OK):
            sys.exit(f"{path} is not there; build it, or name the build tree by --build")
    return programs


class Problem:
    """A shape, its files in a directory, and the program that scores parameters on its data."""

    def __init__(self, name, directory, programs, n_threads):
        self.name = name
        self.n_rows, self.n_features, self.n_components = parse_shape(name)
        self.directory = os.path.join(directory, name)
        self.programs = programs
        self.n_threads = n_threads
        os.makedirs(self.directory, exist_ok=True)
        run_child([programs["emix-bench-data"], "-n", str(self.n_rows), "-d",
                   str(self.n_features), "-k", str(self.n_components), "-o", self.directory], 3600)

    def path(self, name):
        return os.path.join(self.directory, name)

    def score(self, model_path):
        """Mean log-likelihood per row of a model file, by emix score."""
        out, _, _ = run_child([self.programs["emix"], "score", model_path, self.path("data.npy"),
                               "--json"], 3600, n_threads=self.n_threads)
        return json.loads(out)["log_likelihood_per_row"]

    def write_model(self, parameters_path, model_path):
        """Turns a peer's parameters (see peers/peer.py) into an emix.model/1 file."""
        k, d = self.n_components, self.n_features
        values = array.array("d")
        with open(parameters_path, "rb") as file:
            values.frombytes(file.read())
        if len(values) != k + k * d + k * d * d:
            raise Failure("it wrote parameters of another size")
        rows = [values[i:i + d].tolist() for i in range(k, len(values), d)]
        model = {
            "schema": "emix.model/1", "family": "gaussian", "covariance": "VVV",
            "n_components": k, "n_features": d, "weights": values[:k].tolist(), "means": rows[:k],
            "covariances": [rows[k + j * d:k + (j + 1) * d] for j in range(k)],
        }
        with open(model_path, "w") as file:
            json.dump(model, file)


class Run:
    """Results of fits with some counts of iterations; the last one is scored."""

    def __init__(self):
        self.seconds = {}  # count -> list of seconds
        self.version = ""
        self.own_log_likelihood = None  # per row, by the peer itself
        self.log_likelihood = None      # per row, by emix score
        self.peak_bytes = 0
        self.wall_s = 0.0

    def add_time(self, count, seconds):
        self.seconds.setdefault(count, []).append(seconds)

    def read(self, output):
        """Reads what a peer printed; see peers/peer.py."""
        for line in output.splitlines():
            key, _, value = line.partition(" ")
            if key == "version":
                self.version = value.strip()
            elif key == "time":
                count, seconds = value.split()
                self.add_time(int(count), float(seconds))
            elif key == "log_likelihood_per_row":
                self.own_log_likelihood = float(value)

    def done(self):
        """The fits that a stopped run had finished, in words."""
        fits = [f"{count} iteration{'s' * (count > 1)} took {min(seconds):.1f} s"
                for count, seconds in sorted(self.seconds.items())]
        return ": " + ", ".join(fits) if fits else ", before the first fit ended"


class Emix:
    """emix itself, through its program; plain EM unless options say otherwise."""

    uses_blas = True

    def __init__(self, programs, name="emix", options=("--accelerate", "none")):
        self.program = programs["emix"]
        self.name = name
        self.options = list(options)

    def build(self, directory):
        """Leaves out --accelerate if the program does not have it: then it runs plain EM."""
        known, _, _ = run_child([self.program, "fit", "--help"], 60)
        if "--accelerate" not in known and "--accelerate" in self.options:
            at = self.options.index("--accelerate")
            if self.options[at + 1] != "none":
                raise Failure("not in this version")
            del self.options[at:at + 2]

    def run(self, problem, counts, core, limit_s):
        run = Run()
        model_path = problem.path(f"{self.name}.json")
        for count in counts:
            out, seconds, peak = run_child(
                [self.program, "fit", problem.path("data.npy"), "-k",
                 str(problem.n_components), "--init", problem.path("start.json"), "--stop", "none",
                 "--max-iter", str(count), "--threads", str(problem.n_threads), "--json", "-o",
                 model_path] + self.options, limit_s, core, problem.n_threads)
            document = json.loads(out)
            run.version = "emix " + document["version"]
            run.add_time(count, document["time"]["em_s"])
            run.own_log_likelihood = document["log_likelihood_per_row"]
            run.peak_bytes = max(run.peak_bytes, peak)
            run.wall_s += seconds
        run.log_likelihood = problem.score(model_path)
        return run


class Peer:
    """Another package, through a program in peers/ that speaks the protocol of peers/peer.py."""

    def __init__(self, name, source, uses_blas, probe=None, libraries=()):
        self.name = name
        self.source = os.path.join(HERE, "peers", source)
        self.uses_blas = uses_blas
        self.probe = probe
        self.libraries = list(libraries)
        self.command = []

    def build(self, directory):
        """Makes the program ready; raises Failure when the package is not installed."""
        if self.source.endswith(".cpp"):
            program = os.path.join(directory, self.name)
            self.command = [program]
            command = ["g++", "-O3", "-march=native", "-fopenmp", "-o", program, self.source,
                       "-I/usr/include/opencv4"] + self.libraries
        else:
            interpreter = PYTHON if self.source.endswith(".py") else "Rscript"
            self.command = [interpreter, self.source]
            flag = "-c" if interpreter == PYTHON else "-e"
            command = [interpreter, flag, self.probe]
        if shutil.which(command[0]) is None:
            raise Failure(f"not installed ({command[0]} is missing)")
        try:
            run_child(command, 300)
        except Failure as failure:
            raise Failure(f"not installed ({failure})") from None

    def run(self, problem, counts, core, limit_s):
        run = Run()
        parameters_path = problem.path(f"{self.name}.bin")
        command = self.command + [
            problem.directory, str(problem.n_rows), str(problem.n_features),
            str(problem.n_components), str(problem.n_threads), parameters_path,
        ] + [str(count) for count in counts]
        try:
            out, run.wall_s, run.peak_bytes = run_child(command, limit_s, core, problem.n_threads)
        except OverLimit as stopped:
            run.read(stopped.output)
            raise Failure(f"{stopped}{run.done()}") from None
        run.read(out)
        model_path = problem.path(f"{self.name}.json")
        problem.write_model(parameters_path, model_path)
        run.log_likelihood = problem.score(model_path)
        return run


def all_peers(programs):
    """emix first; add a peer here and in ./install."""
    return [
        Emix(programs),
        Peer("numpy", "numpy_em.py", True, probe="import numpy"),
        Peer("scikit-learn", "sklearn_em.py", True, probe="import sklearn"),
        Peer("armadillo", "armadillo.cpp", False, libraries=["-larmadillo"]),
        Peer("mclust", "mclust.R", True, probe="library(mclust)"),
        Peer("opencv", "opencv.cpp", False, libraries=["-lopencv_ml", "-lopencv_core"]),
        Peer("mixtools", "mixtools.R", False, probe="library(mixtools)"),
    ]


def choose(peers, wanted):
    """The peers named in a list like "emix,numpy"; None = all."""
    names = [peer.name for peer in peers]
    for name in wanted.split(",") if wanted else []:
        if name not in names:
            sys.exit(f"no program {name} among {', '.join(names)}")
    return [peer for peer in peers if not wanted or peer.name in wanted.split(",")]


def build_peers(peers, directory):
    """The peers that can be run, and for each of the others why not."""
    ready, skipped = [], {}
    for peer in peers:
        try:
            peer.build(directory)
            ready.append(peer)
        except Failure as failure:
            skipped[peer.name] = str(failure)
            print(f"{peer.name}: {failure}", flush=True)
    return ready, skipped


def fastest_core(peer, problem, cores, limit_s):
    """The OPENBLAS_CORETYPE with which two iterations are fastest. It is the first one if the
    program does not use BLAS, or if a trial takes more than a quarter of the time limit."""
    if not peer.uses_blas or len(cores) == 1:
        return cores[0]
    best, best_s = cores[0], None
    for core in cores:
        try:
            run = peer.run(problem, [2], core, limit_s)
        except Failure:
            if core == cores[0]:
                raise
            continue
        seconds = run.seconds[2][0]
        if best_s is None or seconds < best_s:
            best, best_s = core, seconds
        if run.wall_s > 0.25 * limit_s:
            break
    return best
