// Messages to bytes, the same bytes for equal messages.
#ifndef QUANT_CURVE_LIB_ARTIFACT_SERIALIZE_H_
#define QUANT_CURVE_LIB_ARTIFACT_SERIALIZE_H_

#include <string>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message_lite.h"

namespace quant_curve {

// Map entries come in order. The message is at most 2 GiB.
inline void AppendDeterministically(
    const google::protobuf::MessageLite& message, std::string& out) {
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_SERIALIZE_H_
