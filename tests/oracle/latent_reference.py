"""Maxima and standard errors of the models in tests/examples/, at 40 digits.

    python3 tests/oracle/latent_reference.py > tests/oracle/latent.csv

Newton's method on the log-likelihood written down as a function of the free parameters, all
derivatives taken by mpmath: nothing of EM, no code in common with the library."""
from mpmath import mp, mpf, matrix, diff, exp, log, factorial, lu_solve, inverse, sqrt, nstr

mp.dps = 40

DEATHS = [162, 267, 271, 185, 111, 61, 27, 8, 3, 1]
GROUPS = [186, 38, 13, 284]  # A, B, AB, O


def poisson_logs(t):
    weight, first, second = t
    return [log(weight * exp(-first) * first**x / factorial(x)
                + (1 - weight) * exp(-second) * second**x / factorial(x))
            for x in range(len(DEATHS))]


def blood_logs(t):
    a, b = t
    o = 1 - a - b
    return [log(a * a + 2 * a * o), log(b * b + 2 * b * o), log(2 * a * b), log(o * o)]


def total(logs, counts, t):
    return sum(n * value for n, value in zip(counts, logs(t)))


def order(p, *which):
    return tuple(sum(1 for w in which if w == j) for j in range(p))


def gradient(f, t):
    return matrix([diff(lambda *u: f(u), tuple(t), order(len(t), j)) for j in range(len(t))])


def hessian(f, t):
    p = len(t)
    return matrix(
        [[diff(lambda *u: f(u), tuple(t), order(p, i, j)) for j in range(p)] for i in range(p)])


def reference(name, logs, counts, start):
    f = lambda t: total(logs, counts, t)
    t = [mpf(v) for v in start]
    for _ in range(60):
        step = lu_solve(hessian(f, t), gradient(f, t))
        t = [v - s for v, s in zip(t, step)]
        if max(abs(s) for s in step) < mpf(10)**-25:
            break
    p = len(t)
    observed = inverse(-hessian(f, t))
    outer = matrix(p, p)
    for row, n in enumerate(counts):
        g = gradient(lambda u: logs(u)[row], t)
        outer += n * g * g.T
    outer = inverse(outer)
    print(f"{name},log_likelihood,0,{nstr(f(t), 20)}")
    for j in range(p):
        print(f"{name},param,{j},{nstr(t[j], 20)}")
        print(f"{name},observed,{j},{nstr(sqrt(observed[j, j]), 20)}")
        print(f"{name},score,{j},{nstr(sqrt(outer[j, j]), 20)}")


print("model,quantity,index,value")
reference("deaths", poisson_logs, DEATHS, ["0.36", "1.256", "2.663"])
reference("blood", blood_logs, GROUPS, ["0.21", "0.05"])
