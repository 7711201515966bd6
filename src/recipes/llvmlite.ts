import type { Recipe } from './recipe.js';

export default {
  name: 'llvmlite',
  source: 'wheels llvmlite 0.42.0, 0.44.0, 0.46.0, 0.50.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=0.42,<0.51',
  // It is one library, libllvmlite.so, with LLVM inside: there is nothing to leave out, only to strip and to prove.
  rules: [],
  probe: `
import ctypes
import llvmlite.binding as llvm
from llvmlite import ir

try:
    llvm.initialize()
except RuntimeError:
    pass  # from llvmlite 0.45 on, LLVM initializes itself
llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
module = ir.Module(name='probe')
number = ir.IntType(64)
function = ir.Function(module, ir.FunctionType(number, [number, number]), name='add')
builder = ir.IRBuilder(function.append_basic_block())
builder.ret(builder.add(*function.args))
machine = llvm.Target.from_default_triple().create_target_machine()
engine = llvm.create_mcjit_compiler(llvm.parse_assembly(str(module)), machine)
engine.finalize_object()
add = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(engine.get_function_address('add'))
assert add(40, 2) == 42
`,
} satisfies Recipe;
