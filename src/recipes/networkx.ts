import type { Recipe } from './recipe.js';

export default {
  name: 'networkx',
  source: 'wheels networkx 3.3, 3.4.2, 3.6.1, 3.7 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=3.3,<3.8',
  // Pure Python; its tests go by the base rules, and the graph atlas (a data file) must stay.
  rules: [],
  probe: `
import importlib.util
import io
import warnings
import networkx as nx

warnings.simplefilter('ignore')
graph = nx.karate_club_graph()
assert nx.shortest_path(graph, 0, 33)[0] == 0
assert nx.is_connected(graph)
assert max(nx.betweenness_centrality(graph).items(), key=lambda item: item[1])[0] == 0
assert len(nx.community.greedy_modularity_communities(graph)) > 1
flow = nx.DiGraph()
flow.add_edge('s', 't', capacity=3)
assert nx.maximum_flow_value(flow, 's', 't') == 3
assert list(nx.topological_sort(nx.DiGraph([(1, 2), (2, 3)]))) == [1, 2, 3]
assert nx.minimum_spanning_tree(graph).number_of_edges() == 33
assert len(nx.graph_atlas_g()) == 1253
buffer = io.BytesIO()
nx.write_gml(graph, buffer)
assert nx.node_link_graph(nx.node_link_data(graph)).number_of_nodes() == 34
if importlib.util.find_spec('scipy'):
    assert abs(sum(nx.pagerank(graph).values()) - 1) < 1e-6
if importlib.util.find_spec('numpy'):
    assert nx.to_numpy_array(graph).shape == (34, 34)
    assert len(nx.spring_layout(graph, seed=1)) == 34
`,
} satisfies Recipe;
