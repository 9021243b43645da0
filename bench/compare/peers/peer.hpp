// Shared by all peers in C++; the protocol is that of peer.py.
#ifndef PEER_HPP
#define PEER_HPP

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

struct Parameters {
    std::vector<double> weights;     // [K]
    std::vector<double> means;       // [K x D]
    std::vector<double> covariances; // [K x D x D]
    double log_likelihood_per_row;   // the peer's own figure
};

struct Problem {
    int n, d, k, n_threads;
    std::vector<double> x; // [N x D]
    Parameters start;
};

inline std::vector<double> read_npy(const std::string &path, std::size_t n_values)
{
    std::ifstream file(path, std::ios::binary);
    std::uint16_t header_bytes = 0;
    std::vector<double> values(n_values);
    file.seekg(8);
    file.read(reinterpret_cast<char *>(&header_bytes), sizeof header_bytes);
    file.seekg(header_bytes, std::ios::cur);
    file.read(reinterpret_cast<char *>(values.data()), std::streamsize(n_values * sizeof(double)));
    if (!file) throw std::runtime_error("cannot read " + path);
    return values;
}

inline void write_doubles(std::ofstream &file, const std::vector<double> &values)
{
    file.write(reinterpret_cast<const char *>(values.data()),
               std::streamsize(values.size() * sizeof(double)));
}

// Peer: a class with Peer(const Problem &), void fit(int n_iterations) and Parameters result().
template <class Peer> int run_peer(int argc, char **argv, const std::string &version)
{
    if (argc < 8) return EXIT_FAILURE;
    const std::string directory = argv[1];
    Problem problem = {std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]),
                       std::atoi(argv[5]), {}, {}};
    const std::size_t n = problem.n, d = problem.d, k = problem.k;
    problem.x = read_npy(directory + "/data.npy", n * d);
    problem.start = {read_npy(directory + "/weights.npy", k),
                     read_npy(directory + "/means.npy", k * d),
                     read_npy(directory + "/covariances.npy", k * d * d), 0.0};
    std::printf("version %s\n", version.c_str());
    Peer peer(problem);
    for (int i = 7; i < argc; ++i) {
        const auto began = std::chrono::steady_clock::now();
        peer.fit(std::atoi(argv[i]));
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
        std::printf("time %s %.9f\n", argv[i], seconds.count());
        std::fflush(stdout);
    }
    const Parameters result = peer.result();
    std::ofstream out(argv[6], std::ios::binary);
    write_doubles(out, result.weights);
    write_doubles(out, result.means);
    write_doubles(out, result.covariances);
    std::printf("log_likelihood_per_row %.17g\n", result.log_likelihood_per_row);
    return out ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
