# SPDX-License-Identifier: Apache-2.0
# userstats_module(NAME MODULES … FOREIGN …): a static library of src/NAME/*.c. MODULES and FOREIGN are all it may use.
# src/NAME/CMakeLists.txt, where there is one, adds what the module needs beyond its sources (embedded files).
function(userstats_module name)
  cmake_parse_arguments(ARG "" "" "MODULES;FOREIGN" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME userstats_${name} LINKER_LANGUAGE C)
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${ARG_MODULES} PRIVATE userstats_warnings ${ARG_FOREIGN})
  if(EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/CMakeLists.txt)
    include(${PROJECT_SOURCE_DIR}/src/${name}/CMakeLists.txt)
  endif()
endfunction()
