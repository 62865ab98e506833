// Prints the digest of each artifact's schema, for schema_test.sh.
#include <cstdio>

#include "lib/artifact/sha256.h"
#include "lib/provenance/parameters.h"
#include "proto/measurement.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/results.pb.h"

int main() {
  using quant_curve::HexDigest;
  using quant_curve::SchemaSha256;
  for (const google::protobuf::Descriptor* descriptor :
       {quant_curve::QuantizedModel::descriptor(),
        quant_curve::Measurement::descriptor(),
        quant_curve::Results::descriptor()}) {
    std::printf("%s %s\n", descriptor->file()->name().c_str(),
                HexDigest(SchemaSha256(*descriptor)).c_str());
  }
}
