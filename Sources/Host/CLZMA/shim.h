#include <lzma.h>

// Macros with casts do not reach Swift.
static const lzma_vli brickproof_lzma_filter_lzma2 = LZMA_FILTER_LZMA2;
static const lzma_vli brickproof_lzma_filter_arm_thumb = LZMA_FILTER_ARMTHUMB;
static const lzma_vli brickproof_lzma_filter_end = LZMA_VLI_UNKNOWN;
