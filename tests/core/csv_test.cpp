// Claims about csv, held to written-down answers.
#include "core/csv.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace spikeloom {
namespace {

class Csv : public ::testing::Test {
 protected:
  std::string written(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  std::string message(const std::string& text) {
    try {
      read_csv(written(text), {"a", "b"}, {"/here"});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, "file");
      EXPECT_EQ(error.where.path, "/here");
      return error.what();
    }
    return "";
  }
  void TearDown() override { std::remove(path_.c_str()); }
  std::string path_ = ::testing::TempDir() + "spikeloom_csv_test_" + std::to_string(getpid()) + ".csv";
};

TEST_F(Csv, ReadsWantedColumnsInAnyOrderAndLeavesOthersAlone) {
  const auto table = read_csv(written("\xEF\xBB\xBF"
                                      "b, name ,a\r\n# remark\n1,x,2e-3\r\n\n-4,\"y\",+5"),
                              {"a", "b", "c"}, {});
  EXPECT_EQ(table.rows, 2u);
  EXPECT_EQ(table.values[0], (std::vector<double>{2e-3, 5}));
  EXPECT_EQ(table.values[1], (std::vector<double>{1, -4}));
  EXPECT_FALSE(table.found[2]);
}

TEST_F(Csv, NamesTheLineOfAFault) {
  EXPECT_NE(message("a,b\n1,2\n1,x\n").find("line 3"), std::string::npos);
  EXPECT_NE(message("a,b\n1\n").find("line 2"), std::string::npos);
  EXPECT_NE(message("a,b\n1,2,3\n").find("line 2"), std::string::npos);
  EXPECT_NE(message("a,b\n1,nan\n").find("not a finite number"), std::string::npos);
  EXPECT_NE(message("a,b\n1,1e400\n").find("not a finite number"), std::string::npos);
  EXPECT_NE(message("a,a\n1,2\n").find("twice"), std::string::npos);
  EXPECT_NE(message("").find("empty"), std::string::npos);
}

TEST_F(Csv, AMissingFileIsAnErrorAtItsPlace) {
  EXPECT_THROW(read_csv("/nowhere/at/all.csv", {"a"}, {}), Error);
  EXPECT_THROW(read_csv(::testing::TempDir(), {"a"}, {}), Error);
}

TEST_F(Csv, WhatIsNoFileIsNotWaitedForNorReadForEver) {
  EXPECT_THROW(read_csv("/dev/zero", {"a"}, {}), Error);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THROW(read_csv(path_, {"a"}, {}), Error);
}

}  // namespace
}  // namespace spikeloom
