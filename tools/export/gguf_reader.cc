#include "tools/export/gguf_reader.h"

#include <cmath>
#include <cstring>

#include "gtest/gtest.h"

namespace quant_curve {
namespace {

class Cursor {
 public:
  explicit Cursor(const std::string& file) : file_(file) {}

  template <typename T>
  T Take() {
    T value{};
    if (at_ + sizeof(T) > file_.size()) {
      ADD_FAILURE() << "the file ends at " << at_;
      return value;
    }
    std::memcpy(&value, &file_[at_], sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  std::string TakeString() {
    const auto size = Take<uint64_t>();
    if (size > file_.size() - at_) {
      ADD_FAILURE() << "a string of " << size << " at " << at_;
      return "";
    }
    at_ += size;
    return file_.substr(at_ - size, size);
  }

  size_t at() const { return at_; }
  void MoveTo(size_t at) { at_ = at; }

 private:
  const std::string& file_;
  size_t at_ = 0;
};

double TakeNumber(uint32_t type, Cursor& cursor) {
  switch (type) {
    case 4:
      return cursor.Take<uint32_t>();
    case 5:
      return cursor.Take<int32_t>();
    case 6:
      return cursor.Take<float>();
    case 7:
      return cursor.Take<uint8_t>();
    default:
      ADD_FAILURE() << "value type " << type;
      return 0;
  }
}

ReadValue TakeValue(Cursor& cursor) {
  ReadValue value;
  value.type = cursor.Take<uint32_t>();
  if (value.type == 8) {
    value.text = cursor.TakeString();
  } else if (value.type == 9) {
    const auto element = cursor.Take<uint32_t>();
    const auto size = cursor.Take<uint64_t>();
    for (uint64_t i = 0; i < size && !::testing::Test::HasFailure(); ++i) {
      if (element == 8) {
        value.strings.push_back(cursor.TakeString());
      } else {
        value.numbers.push_back(TakeNumber(element, cursor));
      }
    }
  } else {
    value.number = TakeNumber(value.type, cursor);
  }
  return value;
}

// IEEE 754, table 3.1: (-1)^s 2^(e-15) 1.m, and 2^-14 0.m for e = 0.
float TakeHalf(Cursor& cursor) {
  const auto bits = cursor.Take<uint16_t>();
  const int exponent = bits >> 10 & 31;
  const int mantissa = bits & 1023;
  EXPECT_NE(exponent, 31) << "an infinity or NaN";
  const double magnitude = exponent == 0
                               ? std::ldexp(mantissa, -24)
                               : std::ldexp(1024 + mantissa, exponent - 25);
  return static_cast<float>(bits >> 15 ? -magnitude : magnitude);
}

void TakeQ4(Cursor& cursor, std::vector<float>& values) {
  const float d = TakeHalf(cursor);
  float block[32];
  for (int i = 0; i < 16; ++i) {
    const auto byte = cursor.Take<uint8_t>();
    block[i] = (byte % 16 - 8) * d;
    block[i + 16] = (byte / 16 - 8) * d;
  }
  values.insert(values.end(), block, block + 32);
}

void TakeQ4_1(Cursor& cursor, std::vector<float>& values) {
  const float d = TakeHalf(cursor);
  const float m = TakeHalf(cursor);
  float block[32];
  for (int i = 0; i < 16; ++i) {
    const auto byte = cursor.Take<uint8_t>();
    block[i] = byte % 16 * d + m;
    block[i + 16] = byte / 16 * d + m;
  }
  values.insert(values.end(), block, block + 32);
}

void TakeIq4Nl(Cursor& cursor, std::vector<float>& values) {
  constexpr int kLevels[] = {-127, -104, -83, -65, -49, -35, -22, -10,
                             1,    13,   25,  38,  53,  69,  89,  113};
  const float d = TakeHalf(cursor);
  float block[32];
  for (int i = 0; i < 16; ++i) {
    const auto byte = cursor.Take<uint8_t>();
    block[i] = d * kLevels[byte % 16];
    block[i + 16] = d * kLevels[byte / 16];
  }
  values.insert(values.end(), block, block + 32);
}

void TakeQ8(Cursor& cursor, std::vector<float>& values) {
  const float d = TakeHalf(cursor);
  for (int i = 0; i < 32; ++i) values.push_back(cursor.Take<int8_t>() * d);
}

void TakeData(ReadTensor& tensor, Cursor& cursor) {
  uint64_t size = 1;
  for (const uint64_t extent : tensor.extents) size *= extent;
  const bool blocks = tensor.type == 2 || tensor.type == 8 ||
                      tensor.type == 20 || tensor.type == 3;
  if (blocks) {
    EXPECT_EQ(tensor.extents[0] % 32, 0u);
  }
  while (tensor.values.size() < size && !::testing::Test::HasFailure()) {
    if (tensor.type == 0) {
      tensor.values.push_back(cursor.Take<float>());
    } else if (tensor.type == 1) {
      tensor.values.push_back(TakeHalf(cursor));
    } else if (tensor.type == 2) {
      TakeQ4(cursor, tensor.values);
    } else if (tensor.type == 8) {
      TakeQ8(cursor, tensor.values);
    } else if (tensor.type == 3) {
      TakeQ4_1(cursor, tensor.values);
    } else if (tensor.type == 20) {
      TakeIq4Nl(cursor, tensor.values);
    } else {
      ADD_FAILURE() << "tensor type " << tensor.type;
    }
  }
}

size_t RoundUp32(size_t at) { return at % 32 == 0 ? at : at + 32 - at % 32; }

}  // namespace

ReadGguf ReadGgufBytes(const std::string& file) {
  ReadGguf gguf;
  Cursor cursor(file);
  EXPECT_EQ(cursor.Take<uint32_t>(), 0x46554747u);  // "GGUF"
  EXPECT_EQ(cursor.Take<uint32_t>(), 3u);
  const auto tensors = cursor.Take<uint64_t>();
  const auto pairs = cursor.Take<uint64_t>();
  for (uint64_t i = 0; i < pairs && !::testing::Test::HasFailure(); ++i) {
    const std::string key = cursor.TakeString();
    EXPECT_EQ(gguf.pairs.count(key), 0u) << key << " twice";
    gguf.pairs[key] = TakeValue(cursor);
  }
  std::vector<std::pair<std::string, uint64_t>> places;
  for (uint64_t i = 0; i < tensors && !::testing::Test::HasFailure(); ++i) {
    const std::string name = cursor.TakeString();
    EXPECT_LT(name.size(), 64u);
    EXPECT_EQ(gguf.tensors.count(name), 0u) << name << " twice";
    ReadTensor& tensor = gguf.tensors[name];
    tensor.extents.resize(cursor.Take<uint32_t>() % 5);
    for (uint64_t& extent : tensor.extents) extent = cursor.Take<uint64_t>();
    tensor.type = cursor.Take<uint32_t>();
    places.emplace_back(name, cursor.Take<uint64_t>());
  }
  const size_t data = RoundUp32(cursor.at());
  uint64_t expected = 0;
  for (const auto& [name, offset] : places) {
    EXPECT_EQ(offset, expected) << name;
    cursor.MoveTo(data + offset);
    TakeData(gguf.tensors[name], cursor);
    expected = RoundUp32(cursor.at() - data);
  }
  EXPECT_EQ(file.size(), data + expected);
  return gguf;
}

}  // namespace quant_curve
