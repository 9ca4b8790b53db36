// Cells that find a planted motif by moving their delays: in a short run already, and not without moving them.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/house/files.hpp"

namespace {

struct Row {
  double hits = 0, false_alarms_hz = 0, correlation = 0, spread_ms = 0;
};

/// The row of the table that begins with these words.
Row row_of(const std::string& table, const std::string& name) {
  std::istringstream text(table);
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream numbers(line.substr(name.size()));
    Row row;
    std::string unit;
    numbers >> row.hits >> unit >> row.false_alarms_hz >> unit >> row.correlation >> row.spread_ms;
    return row;
  }
  ADD_FAILURE() << "no row " << name << " in " << table;
  return {};
}

TEST(DelayLearning, AMinuteIsEnoughToFindTheMotifAndFrozenDelaysDoNot) {
  const house::TemporaryFolder folder;
  const std::string picture = (folder.path / "delays.svg").string();
  const auto ran = house::shell(std::string(SPIKELOOM_BINARY_DIR) +
                                    "/examples/delay_learning examples/delay_learning/delay_learning.json 80 '" + picture + "'",
                                house::source);
  ASSERT_EQ(ran.exit, 0) << ran.errors;
  const Row learned = row_of(ran.output, "delays learn"), frozen = row_of(ran.output, "delays frozen");
  EXPECT_GT(learned.hits, 90);
  EXPECT_LT(learned.false_alarms_hz, 0.3);
  EXPECT_LT(learned.correlation, -0.9);
  EXPECT_LT(learned.spread_ms, 4);
  EXPECT_LT(frozen.hits, 60);
  EXPECT_LT(std::abs(frozen.correlation), 0.1) << "delays drawn at random know nothing of the lags";
  EXPECT_GT(frozen.spread_ms, 14) << "uniform numbers of 1..50 and 1..31";
  EXPECT_NE(house::read(picture).find("</svg>"), std::string::npos);
}

TEST(DelayLearning, NamesWhatItCannotDo) {
  const auto ran =
      house::shell(std::string(SPIKELOOM_BINARY_DIR) +
                       "/examples/delay_learning examples/delay_learning/delay_learning.json 10 /dev/null parameters.eta=3",
                   house::source);
  EXPECT_EQ(ran.exit, 2);
  EXPECT_NE(ran.errors.find("/projections/1/plasticity/eta"), std::string::npos) << ran.errors;
}

}  // namespace
