// Symmetric matrices as their lower triangle, row by row: entry (i, j <= i) stands at i (i + 1) / 2 + j. Every sum has one
// fixed order, so that what enters a run does not depend on the machine.
#pragma once

#include <cstddef>
#include <vector>

namespace spikeloom::math {

constexpr std::size_t triangle_size(std::size_t n) { return n * (n + 1) / 2; }

/// y = A x.
void symmetric_times(const double* a, std::size_t n, const double* x, double* y);
/// A <- (A + c u u^T) factor.
void symmetric_update(double* a, std::size_t n, double c, const double* u, double factor);
/// That, then y = A x, with the bits of the two one after the other: a large A comes from memory once instead of twice.
void symmetric_update_times(double* a, std::size_t n, double c, const double* u, double factor, const double* x, double* y);
/// A <- L with A = L L^T. False where A is not positive definite; then A is left half done.
bool cholesky(double* a, std::size_t n);
/// b <- x with L L^T x = b.
void cholesky_solve(const double* l, std::size_t n, double* b);

}  // namespace spikeloom::math
