# Installs library, headers, command and the package files that find_package(spikeloom) reads.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/spikeloom)

install(TARGETS spikeloom EXPORT spikeloom ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS spikeloom_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY core models backends analysis DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/spikeloom
        FILES_MATCHING PATTERN "*.hpp")
install(EXPORT spikeloom NAMESPACE spikeloom:: FILE spikeloomTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/spikeloomConfig.cmake.in ${PROJECT_BINARY_DIR}/spikeloomConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/spikeloomConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/spikeloomConfig.cmake ${PROJECT_BINARY_DIR}/spikeloomConfigVersion.cmake
        DESTINATION ${package_dir})
