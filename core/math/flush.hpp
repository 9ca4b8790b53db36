// Flush-to-zero for a scope: denormal numbers would slow a decaying current a hundredfold, and must not make results differ.
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace spikeloom {

/// Denormal operands and results of this thread count as 0 while the object lives. Stands around every kernel entry.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | flush_results | read_as_zero); }
  ~FlushDenormals() { _mm_setcsr(saved_); }
#else
  FlushDenormals() = default;
  ~FlushDenormals() = default;
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr unsigned flush_results = 0x8000, read_as_zero = 0x0040;
  unsigned saved_;
#endif
};

}  // namespace spikeloom
