# SPDX-License-Identifier: Apache-2.0
# One interface library that every target of ours links: warnings are errors, with gcc and with clang.
add_library(userstats_warnings INTERFACE)
target_compile_definitions(userstats_warnings INTERFACE _GNU_SOURCE)
target_compile_options(userstats_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings
  -Wundef -Wvla -Wformat=2 -Wformat-nonliteral -Wnull-dereference -Wdouble-promotion -Wswitch-enum
  -Wunused-result -fno-common -fstack-protector-strong -fno-strict-overflow)
if(USERSTATS_FUZZ) # coverage for the fuzzer in all our code, not only in the target
  target_compile_options(userstats_warnings INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(USERSTATS_SANITIZE)
  target_compile_options(userstats_warnings INTERFACE
    -fsanitize=${USERSTATS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(userstats_warnings INTERFACE -fsanitize=${USERSTATS_SANITIZE})
else()
  target_compile_options(userstats_warnings INTERFACE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(userstats_warnings INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
