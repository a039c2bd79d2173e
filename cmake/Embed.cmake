# SPDX-License-Identifier: Apache-2.0
# userstats_embed(TARGET SYMBOL FILE): compiles FILE into TARGET as
#   const char SYMBOL[]; const size_t SYMBOL_size;   (a NUL follows the last byte and is not counted)
function(userstats_embed target symbol file)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embed/${symbol}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
