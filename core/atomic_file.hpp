// Files that are, under their final name, always complete: written beside, synced, renamed; and a lock on the folder of a run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace spikeloom {

/// A file that appears under its name only by finish(). Until then it is `name.tmp.<pid>`; a destroyed one leaves nothing.
/// A name that stands for a device or a pipe is written in place. Every failure is an Error("io") with exit 1.
class AtomicFile {
 public:
  /// Throws Error("file", exit 2) when the file exists and may not be overwritten.
  AtomicFile(std::filesystem::path path, bool overwrite);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);  ///< buffered
  void flush();
  /// Replace bytes that were written before (a header); flushes. Ignored where a file cannot be positioned.
  void replace(std::uint64_t offset, std::string_view bytes);
  void restart();  ///< empty it again
  void finish();   ///< flush, sync, rename, sync the folder
  bool finished() const { return descriptor_ < 0; }
  const std::filesystem::path& path() const { return path_; }

 private:
  void put(const char* data, std::size_t size, std::int64_t offset);

  std::filesystem::path path_, temporary_;
  bool overwrite_ = false, in_place_ = false;
  int descriptor_ = -1;
  std::string buffer_;
};

/// Write a whole file this way.
void write_file(const std::filesystem::path& path, std::string_view bytes, bool overwrite);
/// Removes what processes that were killed left of files that were to have these names.
void remove_leftovers(std::span<const std::filesystem::path> paths);
/// fsync of a folder, so that a rename within it lasts.
void sync_folder(const std::filesystem::path& folder);
/// Make a folder and those above it where missing. Throws Error("io").
void make_folder(const std::filesystem::path& folder);

/// Held while a run writes into a folder. The kernel frees the lock of a process that died, so none is ever stale.
class FolderLock {
 public:
  /// Throws Error("io") when another run holds it.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace spikeloom
