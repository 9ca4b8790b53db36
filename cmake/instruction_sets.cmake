# Kernel files are compiled once per x86-64 level; everything else is built for the baseline, so that one binary runs anywhere.
set(SPIKELOOM_INSTRUCTION_SETS v2 v3 v4)

# Add `source` to `target` once per instruction set, each time with SPIKELOOM_ISA defined as v2, v3 or v4.
function(spikeloom_add_per_instruction_set target source)
  get_filename_component(stem ${source} NAME_WE)
  foreach(isa IN LISTS SPIKELOOM_INSTRUCTION_SETS)
    set(part ${target}_${stem}_${isa})
    add_library(${part} OBJECT ${source})
    target_link_libraries(${part} PRIVATE spikeloom_build)
    target_compile_definitions(${part} PRIVATE SPIKELOOM_ISA=${isa})
    target_compile_options(${part} PRIVATE -march=x86-64-${isa} $<$<STREQUAL:${isa},v4>:-mprefer-vector-width=512>)
    set_target_properties(${part} PROPERTIES POSITION_INDEPENDENT_CODE $<TARGET_PROPERTY:${target},POSITION_INDEPENDENT_CODE>)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${part}>)
  endforeach()
endfunction()
