// SPDX-License-Identifier: Apache-2.0
// DLPack in and out: versioned and legacy capsules, read-only and copied flags.
#include "dlpack.h"
#include "arguments.h"

#include <nanobind/stl/pair.h>

#include <memory>

namespace trivet::python {
namespace {

using dlpack::Code;
using dlpack::Managed;
using dlpack::Versioned;

constexpr const char* kName = "dltensor";
constexpr const char* kNameUsed = "used_dltensor";
constexpr const char* kVersionedName = "dltensor_versioned";
constexpr const char* kVersionedNameUsed = "used_dltensor_versioned";

[[noreturn]] void refuse(std::string_view rule, std::string_view got) {
    raise(ErrorKind::buffer, "dlpack", rule, got);
}

// --- out

dlpack::DataType type_out(DType dtype) {
    const auto bits = static_cast<std::uint8_t>(8 * item_size(dtype));
    Code code = Code::floating;
    switch (kind_of(dtype)) {
    case Kind::boolean:
        code = Code::boolean;
        break;
    case Kind::signed_int:
        code = Code::signed_int;
        break;
    case Kind::unsigned_int:
        code = Code::unsigned_int;
        break;
    case Kind::complex:
        code = Code::complex;
        break;
    case Kind::real:
        code = dtype == DType::bfloat16 ? Code::bfloat : Code::floating;
        break;
    }
    return {static_cast<std::uint8_t>(code), bits, 1};
}

// What a managed tensor owns: the array (and so its storage), and the strides in elements.
template <class M> struct Export {
    M managed{};
    Array array;
    Dims strides;
};

template <class M> M* make_export(const Array& array) {
    auto made = std::make_unique<Export<M>>();
    made->array = array;
    made->strides = array.strides();
    const auto bytes = static_cast<std::int64_t>(item_size(array.dtype()));
    for (int i = 0; i < array.ndim(); ++i) {
        if (made->strides[i] % bytes != 0) {
            refuse("strides must be multiples of the element's size",
                   array.strides().text() + " bytes for elements of " + std::to_string(bytes));
        }
        made->strides[i] /= bytes;
    }
    auto& tensor = made->managed.tensor;
    tensor.data = array.data();
    tensor.device = {dlpack::kCpu, 0};
    tensor.ndim = array.ndim();
    tensor.dtype = type_out(array.dtype());
    tensor.shape = const_cast<std::int64_t*>(made->array.shape().data());
    tensor.strides = made->strides.data();
    tensor.byte_offset = 0;
    made->managed.context = made.get();
    // The storage's own release takes the interpreter's lock when it needs it.
    made->managed.deleter = [](M* managed) { delete static_cast<Export<M>*>(managed->context); };
    return &made.release()->managed;
}

template <class M> void capsule_deleter(PyObject* capsule, const char* name) {
    if (PyCapsule_IsValid(capsule, name) == 0) {
        return; // consumed: renamed
    }
    auto* managed = static_cast<M*>(PyCapsule_GetPointer(capsule, name));
    managed->deleter(managed);
}

template <class M>
nb::object make_capsule(M* managed, const char* name, PyCapsule_Destructor destructor) {
    PyObject* capsule = PyCapsule_New(managed, name, destructor);
    if (capsule == nullptr) {
        managed->deleter(managed);
        raise_python();
    }
    return nb::steal(capsule);
}

bool wants_versioned(nb::handle max_version) {
    return !max_version.is_none() && nb::cast<std::int64_t>(nb::object(max_version[0])) >= 1;
}

void check_request(nb::handle stream, nb::handle dl_device) {
    if (!stream.is_none()) {
        raise(ErrorKind::value, "dlpack", "stream must be None for an array on the CPU",
              nb::repr(stream).c_str());
    }
    if (!dl_device.is_none()) {
        const auto type = nb::cast<std::int64_t>(nb::object(dl_device[0]));
        const auto id = nb::cast<std::int64_t>(nb::object(dl_device[1]));
        if (type != dlpack::kCpu || id != 0) {
            refuse("dl_device must be (1, 0), the CPU", nb::repr(dl_device).c_str());
        }
    }
}

nb::object export_capsule(const Array& self, nb::handle stream, nb::handle max_version,
                          nb::handle dl_device, CopyLike copy_wanted) {
    check_request(stream, dl_device);
    const bool copied = copy_wanted.value() == true;
    const Array array = copied ? copy(self) : self;
    if (wants_versioned(max_version)) {
        auto* managed = make_export<Versioned>(array);
        managed->major = dlpack::kMajor;
        managed->minor = dlpack::kMinor;
        managed->flags =
            (array.read_only() ? dlpack::kReadOnly : 0) | (copied ? dlpack::kIsCopied : 0);
        return make_capsule(managed, kVersionedName, [](PyObject* capsule) {
            capsule_deleter<Versioned>(capsule, kVersionedName);
        });
    }
    if (array.read_only()) {
        refuse("a read-only array needs a consumer of DLPack 1.0 (max_version)",
               nb::repr(max_version).c_str());
    }
    return make_capsule(make_export<Managed>(array), kName,
                        [](PyObject* capsule) { capsule_deleter<Managed>(capsule, kName); });
}

// --- in

std::optional<DType> type_in(const dlpack::DataType& type) {
    for (int i = 0; i < kDTypeCount; ++i) {
        const auto dtype = static_cast<DType>(i);
        const auto known = type_out(dtype);
        if (known.code == type.code && known.bits == type.bits && type.lanes == 1) {
            return dtype;
        }
    }
    return std::nullopt;
}

template <class M> Array import_tensor(M* managed, bool read_only) {
    const dlpack::Tensor& tensor = managed->tensor;
    const std::unique_ptr<M, void (*)(M*)> owned(managed, [](M* m) {
        if (m->deleter != nullptr) {
            m->deleter(m);
        }
    });
    const auto dtype = type_in(tensor.dtype);
    if (tensor.device.type != dlpack::kCpu) {
        refuse("the producer's memory must be on the CPU (device type 1)",
               "device type " + std::to_string(tensor.device.type));
    }
    if (!dtype) {
        refuse("the producer's dtype must be one of trivet's",
               "code " + std::to_string(tensor.dtype.code) + " with " +
                   std::to_string(tensor.dtype.bits) + " bits");
    }
    const auto bytes = static_cast<std::int64_t>(item_size(*dtype));
    Dims shape;
    for (int i = 0; i < tensor.ndim; ++i) {
        shape.push_back(tensor.shape[i]);
    }
    Dims strides(tensor.ndim, bytes);
    for (int i = tensor.ndim - 1; i >= 0; --i) {
        if (tensor.strides != nullptr) {
            strides[i] = tensor.strides[i] * bytes;
        } else if (i + 1 < tensor.ndim) {
            strides[i] = strides[i + 1] * shape[i + 1];
        }
    }
    void* data = static_cast<std::byte*>(tensor.data) + tensor.byte_offset;
    M* held = const_cast<std::unique_ptr<M, void (*)(M*)>&>(owned).release();
    return borrow(data, *dtype, std::move(shape), std::move(strides), read_only, [held] {
        if (held->deleter != nullptr && nb::is_alive()) {
            const nb::gil_scoped_acquire lock; // a producer's deleter may touch Python objects
            held->deleter(held);
        }
    });
}

Array import_capsule(nb::handle capsule, bool& copied) {
    if (PyCapsule_IsValid(capsule.ptr(), kVersionedName) != 0) {
        auto* managed =
            static_cast<Versioned*>(PyCapsule_GetPointer(capsule.ptr(), kVersionedName));
        if (managed->major > dlpack::kMajor) {
            refuse("the capsule's DLPack version must be 1",
                   std::to_string(managed->major) + "." + std::to_string(managed->minor));
        }
        PyCapsule_SetName(capsule.ptr(), kVersionedNameUsed);
        copied = (managed->flags & dlpack::kIsCopied) != 0;
        return import_tensor(managed, (managed->flags & dlpack::kReadOnly) != 0);
    }
    if (PyCapsule_IsValid(capsule.ptr(), kName) != 0) {
        auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule.ptr(), kName));
        PyCapsule_SetName(capsule.ptr(), kNameUsed);
        return import_tensor(managed, false);
    }
    raise(ErrorKind::type, "from_dlpack",
          "__dlpack__ must return an unused capsule `dltensor_versioned` or `dltensor`",
          nb::repr(capsule).c_str());
}

nb::object call_producer(nb::handle object, std::optional<bool> copy) {
    const nb::object method = object.attr("__dlpack__");
    nb::dict kwargs;
    kwargs["max_version"] = nb::make_tuple(dlpack::kMajor, dlpack::kMinor);
    if (copy) {
        kwargs["copy"] = nb::bool_(*copy);
    }
    try {
        return method(**kwargs);
    } catch (nb::python_error& error) {
        if (!error.matches(PyExc_TypeError)) {
            throw;
        }
    }
    return method(); // a producer from before 2023.12 knows none of the arguments
}

} // namespace

Array from_dlpack_object(nb::handle object, std::optional<bool> wanted) {
    if (is_array(object.ptr())) {
        return wanted == true ? copy(array_of(object.ptr())) : array_of(object.ptr());
    }
    if (!nb::hasattr(object, "__dlpack__")) {
        raise(ErrorKind::type, "from_dlpack", "must have the method __dlpack__",
              nb::type_name(object.type()).c_str());
    }
    bool copied = false;
    Array array = import_capsule(call_producer(object, wanted), copied);
    return wanted == true && !copied ? copy(array) : array;
}

void bind_dlpack(nb::class_<Array>& type) {
    type.def("__dlpack__", &export_capsule, nb::kw_only(), nb::arg("stream") = nb::none(),
             nb::arg("max_version") = nb::none(), nb::arg("dl_device") = nb::none(),
             nb::arg("copy") = nb::none(),
             nb::sig("def __dlpack__(self, *, stream: int | None = None, max_version: tuple[int, "
                     "int] | None = None, dl_device: tuple[int, int] | None = None, copy: bool | "
                     "None = None) -> Any"),
             "A DLPack capsule that shares this array's memory.")
        .def(
            "__dlpack_device__", [](const Array&) { return std::pair<int, int>(dlpack::kCpu, 0); },
            "The DLPack device: (1, 0), the CPU.");
}

void init_dlpack(nb::module_& m) {
    m.def(
        "from_dlpack",
        [](nb::handle x, DeviceLike device, CopyLike copy) {
            device.check("from_dlpack");
            return from_dlpack_object(x, copy.value());
        },
        nb::arg(), nb::kw_only(), nb::arg("device") = nb::none(), nb::arg("copy") = nb::none(),
        nb::sig("def from_dlpack(x: object, /, *, device: str | None = None, copy: bool | None = "
                "None) -> Array"),
        "An Array that shares memory with any object that has `__dlpack__`.\n\nRaises BufferError "
        "when the producer cannot share, or copy=False and a copy is needed.");
}

} // namespace trivet::python
