// Plain little-endian bytes in and out, for checkpoints; the reader refuses to run past its end.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom {

class ByteWriter {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { append(&value, sizeof value); }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put_array(std::span<const T> values) {
    put<std::uint64_t>(values.size());
    append(values.data(), values.size_bytes());
  }
  void put_text(std::string_view text) { put_array(std::span<const char>(text.data(), text.size())); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    const auto* p = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), p, p + size);
  }
  std::vector<std::byte> bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <class T>
  requires std::is_trivially_copyable_v<T> T get() {
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  template <class T>
  requires std::is_trivially_copyable_v<T> std::vector<T> get_array() {
    const auto count = get<std::uint64_t>();
    if (count > bytes_.size() / sizeof(T)) fail();
    std::vector<T> values(count);
    const auto* data = take(count * sizeof(T));
    if (count > 0) std::memcpy(values.data(), data, count * sizeof(T));
    return values;
  }
  std::string get_text() {
    const auto text = get_array<char>();
    return {text.begin(), text.end()};
  }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  [[noreturn]] static void fail() { throw Error("checkpoint", {}, "the checkpoint ends too early"); }
  const std::byte* take(std::size_t size) {
    if (size > bytes_.size() - at_) fail();
    const auto* p = bytes_.data() + at_;
    at_ += size;
    return p;
  }
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace spikeloom
