// The system calls behind files that are complete or absent.
#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <set>

#include "core/errors.hpp"

namespace spikeloom {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view action, int error) {
  throw Error("io", {}, fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(error)), Exit::run_failed)
      .with_value(path.string());
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// The kind of file at `path`; false when there is none.
bool look_up(const std::filesystem::path& path, struct stat& found) {
  if (::stat(path.c_str(), &found) == 0) return true;
  if (errno == ENOENT) return false;
  fail(path, "open", errno);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path, bool overwrite) : path_(std::move(path)), overwrite_(overwrite) {
  struct stat found {};
  const bool exists = look_up(path_, found);
  if (exists && S_ISDIR(found.st_mode)) fail(path_, "write", EISDIR);
  in_place_ = exists && !S_ISREG(found.st_mode);
  if (exists && !in_place_ && !overwrite)
    throw Error("file", {}, fmt::format("{} exists; --overwrite replaces it", path_.string())).with_value(path_.string());
  temporary_ = in_place_ ? path_ : std::filesystem::path(fmt::format("{}.tmp.{}", path_.string(), ::getpid()));
  const int flags = in_place_ ? O_WRONLY | O_CLOEXEC | O_NONBLOCK : O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
  descriptor_ = ::open(temporary_.c_str(), flags, 0666);
  if (descriptor_ < 0) fail(path_, "write", errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!in_place_) ::unlink(temporary_.c_str());
}

/// offset < 0: at the present position.
void AtomicFile::put(const char* data, std::size_t size, std::int64_t offset) {
  while (size > 0) {
    const ssize_t done = offset < 0 ? ::write(descriptor_, data, size) : ::pwrite(descriptor_, data, size, offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail(path_, "write", done < 0 ? errno : ENOSPC);
    data += done;
    size -= static_cast<std::size_t>(done);
    if (offset >= 0) offset += done;
  }
}

void AtomicFile::write(std::string_view bytes) {
  if (descriptor_ < 0) return;
  if (buffer_.capacity() < buffer_bytes) buffer_.reserve(buffer_bytes + buffer_bytes / 16);  // once: what grows leaves holes
  buffer_.append(bytes);
  if (buffer_.size() >= buffer_bytes) flush();
}

void AtomicFile::flush() {
  if (descriptor_ < 0 || buffer_.empty()) return;
  put(buffer_.data(), buffer_.size(), -1);
  buffer_.clear();
}

void AtomicFile::replace(std::uint64_t offset, std::string_view bytes) {
  if (descriptor_ < 0) return;
  flush();
  if (!in_place_) put(bytes.data(), bytes.size(), static_cast<std::int64_t>(offset));
}

void AtomicFile::restart() {
  buffer_.clear();
  if (descriptor_ < 0 || in_place_) return;
  if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) < 0) fail(path_, "write", errno);
}

void AtomicFile::finish() {
  if (descriptor_ < 0) return;
  flush();
  if (!in_place_) {
    if (::fsync(descriptor_) != 0) fail(path_, "write", errno);
    // Somebody may have made the file since; without leave to overwrite it, link() refuses where rename() would not.
    if (!overwrite_ && ::link(temporary_.c_str(), path_.c_str()) == 0) {
      ::unlink(temporary_.c_str());
    } else {
      if (!overwrite_ && errno == EEXIST)
        throw Error("file", {}, fmt::format("{} was made by another program during the run", path_.string()), Exit::run_failed);
      if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_, "write", errno);
    }
    sync_folder(folder_of(path_));
  }
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail(path_, "close", errno);
}

void write_file(const std::filesystem::path& path, std::string_view bytes, bool overwrite) {
  remove_leftovers(std::array{path});
  AtomicFile file(path, overwrite);
  file.write(bytes);
  file.finish();
}

void remove_leftovers(std::span<const std::filesystem::path> paths) {
  std::map<std::filesystem::path, std::set<std::string>> names;  // by folder, as a folder of many files is listed but once
  for (const auto& path : paths) names[folder_of(path)].insert(path.filename().string());
  std::error_code ignored;
  for (const auto& [folder, wanted] : names)
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      constexpr std::string_view middle = ".tmp.";
      const std::string name = entry.path().filename().string();
      const auto at = name.rfind(middle);
      if (at == std::string::npos || !wanted.contains(name.substr(0, at))) continue;
      const std::string digits = name.substr(at + middle.size());
      if (digits.find_first_not_of("0123456789") != std::string::npos) continue;
      const long pid = std::strtol(digits.c_str(), nullptr, 10);
      if (pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) std::filesystem::remove(entry.path(), ignored);
    }
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail(folder, "open", errno);
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0 && error != EINVAL) fail(folder, "sync", error);  // EINVAL: a file system without it
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(folder, "make the folder", error.value());
  if (!std::filesystem::is_directory(folder)) fail(folder, "make the folder", ENOTDIR);
}

FolderLock::FolderLock(const std::filesystem::path& folder) : path_(folder / ".spikeloom.lock") {
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail(folder, "write to", errno);
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(descriptor_);
      if (error != EWOULDBLOCK) fail(path_, "lock", error);
      throw Error("io", {}, fmt::format("another run writes to {} (its lock is {})", folder.string(), path_.string()),
                  Exit::run_failed)
          .with_value(folder.string());
    }
    // The previous holder may have removed the file between our open and our lock; then the lock guards nothing.
    struct stat locked {
    }, named{};
    if (::fstat(descriptor_, &locked) == 0 && ::stat(path_.c_str(), &named) == 0 && locked.st_ino == named.st_ino) return;
    ::close(descriptor_);
  }
}

FolderLock::~FolderLock() {
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace spikeloom
