#!/bin/bash
# Stages that were cut into parts and merged leave the bytes of those that were
# not.
set -euo pipefail

here=pipelines/testing
scheme=int4_per_group_64_gptq
cmp "$here/tiny_sharded_calibration.qca" "$here/tiny_curve_calibration.qca"
for parts in 2 3; do
  cmp "$here/tiny_calibration_of_${parts}_parts.qca" "$here/tiny_curve_calibration.qca"
  cmp "$here/tiny_sequential_model_of_${parts}_parts.qca" \
    "$here/tiny_curve_int3_sequential_model.qca"
  cmp "$here/tiny_target_model_of_${parts}_parts.qca" \
    "$here/tiny_target_model_of_1_parts.qca"
done
cmp "$here/tiny_sharded_model.qca" "$here/tiny_curve_${scheme}_model.qca"
cmp "$here/tiny_sharded_measurement.qca" \
  "$here/tiny_curve_${scheme}_measurement.qca"
echo PASS
