// The network file: the same description as core/network.hpp, as JSON text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/json/document.hpp"
#include "core/network.hpp"

namespace spikeloom {

/// Changes of the command line: dotted path ("populations.E.size") and text (JSON, or else taken as a string), in order.
using Settings = std::vector<std::pair<std::string, std::string>>;
/// One of them, from "KEY=VALUE". Throws Error("syntax").
Settings::value_type setting_of(const std::string& text);

/// Read, change, and check the structure. Every Error knows the file, the path and, where it stands in the file, the line.
Network read_network(const std::string& file_path, const Settings& settings = {});

/// Completes an error that knows its path but not its line, as compile() throws them: line and column of the value at that
/// path, or of the nearest object around it, where they stand in the file.
void locate(Error& error, const std::string& file_path, const Settings& settings = {});

/// read_network from a document in memory; relative file names of the network start at `folder`.
Network network_from_json(const JsonDocument& document, const std::string& folder = ".");

/// The inverse: network_from_json of it describes the same network. Blocks come out as projections of their own.
Json to_json(const Network& network);

}  // namespace spikeloom
