#include "lib/artifact/wire_elements.h"

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/artifact/status_matchers.h"
#include "proto/calibration.pb.h"
#include "proto/tensor.pb.h"

namespace quant_curve {
namespace {

template <typename Message>
uint64_t CountOf(const std::string& bytes) {
  const absl::StatusOr<uint64_t> count =
      CountWireElements(*Message::descriptor(), bytes);
  EXPECT_THAT(count, IsOk());
  return count.value_or(0);
}

TEST(WireElementsTest, MessagesAndStringsCountNumbersDoNot) {
  Calibration calibration;
  calibration.set_num_sequences(7);
  for (int i = 0; i < 3; ++i) {
    LinearInput& input = *calibration.add_inputs();  // 3 messages
    input.add_linears("q");                          // 3 strings
    input.mutable_hessian()->add_shape(10);          // 3 messages
    input.mutable_histogram()->add_counts(1);        // 3 messages
    input.mutable_histogram()->add_counts(2);
  }
  EXPECT_EQ(CountOf<Calibration>(calibration.SerializeAsString()), 12);
}

TEST(WireElementsTest, EmptyMessagesCount) {
  // 1,000 times field 6 (inputs) with no bytes.
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += std::string("\x32\x00", 2);
  EXPECT_EQ(CountOf<Calibration>(bytes), 1000);
}

TEST(WireElementsTest, UnknownFieldsCount) {
  // Of Tensor: field 15 as a varint, field 14 as a string.
  EXPECT_EQ(CountOf<Tensor>(std::string("\x78\x01\x72\x01x", 5)), 2);
}

TEST(WireElementsTest, WhatProtobufRefusesIsRefused) {
  for (const std::string& bytes :
       {std::string("\x32\x05", 2), std::string("\x32", 1),
        std::string("\x00", 1), std::string("\x07", 1),
        std::string("\x32\xff\xff\xff\xff\x7f", 6), std::string("\x18", 1)}) {
    Calibration message;
    EXPECT_FALSE(message.ParseFromString(bytes));
    EXPECT_THAT(CountWireElements(*Calibration::descriptor(), bytes),
                ::testing::Not(IsOk()));
  }
}

}  // namespace
}  // namespace quant_curve
