// .npy files carry a header that other programs read, aligned and with the final number of rows.
#include "core/npy.hpp"

#include <gtest/gtest.h>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

const std::vector<NpyField> fields{{"population", "S3"}, {"neuron", "<u4"}, {"time_ms", "<f8"}};

TEST(Npy, TheHeaderIsThatOfFormatOne) {
  const std::string header = npy_header(fields, 12);
  EXPECT_EQ(header.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_EQ(header.size() % 64, 0u);
  EXPECT_EQ(static_cast<unsigned char>(header[8]) + 256 * static_cast<unsigned char>(header[9]),
            static_cast<int>(header.size()) - 10);
  EXPECT_EQ(header.back(), '\n');
  const std::string text = header.substr(10, header.find_last_not_of(" \n") - 9);
  EXPECT_EQ(
      text,
      "{'descr': [('population', 'S3'), ('neuron', '<u4'), ('time_ms', '<f8'), ], 'fortran_order': False, 'shape': (12,), }");
}

TEST(Npy, ItsLengthDoesNotDependOnTheNumberOfRows) {
  EXPECT_EQ(npy_header(fields, 0).size(), npy_header(fields, UINT64_MAX).size());
}

TEST(Npy, RowsAreStoredAsTheyComeAndCountedAtTheEnd) {
  const tiny::Folder folder;
  NpyWriter writer(folder / "a.npy", false, fields);
  for (std::uint32_t i = 0; i < 3; ++i) {
    writer.text(i == 1 ? "longer" : "E", 3);
    writer.number(i);
    writer.number(0.1 * i);
    writer.end_row();
  }
  writer.finish();
  const std::string bytes = tiny::text_of(folder / "a.npy"), header = npy_header(fields, 3);
  ASSERT_EQ(bytes.size(), header.size() + 3 * 15);
  EXPECT_EQ(bytes.substr(0, header.size()), header);
  EXPECT_EQ(bytes.substr(header.size(), 3), std::string("E\0\0", 3));
  EXPECT_EQ(bytes.substr(header.size() + 15, 3), "lon");
  double time = 0;
  std::memcpy(&time, bytes.data() + header.size() + 2 * 15 + 7, sizeof time);
  EXPECT_EQ(time, 0.1 * 2);
}

}  // namespace
}  // namespace spikeloom
