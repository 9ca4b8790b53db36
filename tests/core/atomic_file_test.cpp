// A final name holds the old file, the new complete one, or nothing.
#include "core/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <fstream>

#include "core/errors.hpp"
#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using tiny::Folder;
using tiny::text_of;

std::size_t entries(const Folder& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

template <class Action>
Error error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) { return error; }
  return Error("none", {}, "nothing was thrown");
}

TEST(AtomicFile, AppearsOnlyWhenFinished) {
  const Folder folder;
  AtomicFile file(folder / "a.csv", false);
  file.write("one\n");
  file.flush();
  EXPECT_FALSE(std::filesystem::exists(folder / "a.csv"));
  file.write("two\n");
  file.finish();
  EXPECT_EQ(text_of(folder / "a.csv"), "one\ntwo\n");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(AtomicFile, LeavesNothingWhenGivenUp) {
  const Folder folder;
  { AtomicFile(folder / "a.csv", false).write("half"); }
  EXPECT_EQ(entries(folder), 0u);
}

TEST(AtomicFile, RefusesAnExistingFileAtOnceUnlessItMayOverwrite) {
  const Folder folder;
  write_file(folder / "a.csv", "old", false);
  const Error error = error_of([&] { AtomicFile(folder / "a.csv", false); });
  EXPECT_EQ(error.kind, "file");
  EXPECT_EQ(error.exit, Exit::bad_input);
  write_file(folder / "a.csv", "new", true);
  EXPECT_EQ(text_of(folder / "a.csv"), "new");
}

TEST(AtomicFile, DoesNotReplaceAFileMadeMeanwhileWithoutLeave) {
  const Folder folder;
  AtomicFile file(folder / "a.csv", false);
  file.write("mine");
  std::ofstream(folder / "a.csv") << "theirs";
  EXPECT_EQ(error_of([&] { file.finish(); }).exit, Exit::run_failed);
  EXPECT_EQ(text_of(folder / "a.csv"), "theirs");
}

TEST(AtomicFile, ReplacesAHeaderInPlace) {
  const Folder folder;
  AtomicFile file(folder / "a", false);
  file.write("0000 rows");
  file.replace(0, "0012");
  file.write(" more");
  file.finish();
  EXPECT_EQ(text_of(folder / "a"), "0012 rows more");
}

TEST(AtomicFile, AFullDeviceIsAnErrorAndStaysADevice) {
  const Error error = error_of([] {
    AtomicFile file("/dev/full", true);
    file.write("x");
    file.finish();
  });
  EXPECT_EQ(error.kind, "io");
  EXPECT_EQ(error.exit, Exit::run_failed);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(AtomicFile, WithoutSpaceTheOldFileStaysIntact) {
  const Folder folder;
  write_file(folder / "a", "old", false);
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Error error = error_of([&] { write_file(folder / "a", std::string(5000, 'x'), true); });
    ::_exit(error.kind == "io" && error.exit == Exit::run_failed ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text_of(folder / "a"), "old");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(AtomicFile, AKilledProcessLeavesTheOldFileAndItsLeftoverIsRemovedByTheNext) {
  const Folder folder;
  write_file(folder / "a", "old", false);
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(folder / "a", true);
    file.write("half");
    file.flush();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(text_of(folder / "a"), "old");
  EXPECT_EQ(entries(folder), 2u);
  write_file(folder / "a", "new", true);
  EXPECT_EQ(text_of(folder / "a"), "new");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(AtomicFile, UnwritablePathsAreIoErrors) {
  const Folder folder;
  write_file(folder / "plain", "x", false);
  for (const auto& path : {folder / "missing" / "a", folder / "plain" / "a", folder.path()}) {
    const Error error = error_of([&] { AtomicFile(path, true); });
    EXPECT_EQ(error.kind, "io") << path;
    EXPECT_EQ(error.exit, Exit::run_failed) << path;
  }
  EXPECT_EQ(error_of([&] { make_folder(folder / "plain"); }).kind, "io");
}

TEST(FolderLock, RefusesASecondHolder) {
  const Folder folder;
  const FolderLock lock(folder.path());
  EXPECT_EQ(error_of([&] { const FolderLock second(folder.path()); }).kind, "io");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(error_of([&] { const FolderLock third(folder.path()); }).kind == "io" ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(FolderLock, OfAKilledProcessIsFree) {
  const Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(folder.path());
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / ".spikeloom.lock"));
  { const FolderLock lock(folder.path()); }
  EXPECT_EQ(entries(folder), 0u) << "a released lock leaves no file";
}

}  // namespace
}  // namespace spikeloom
