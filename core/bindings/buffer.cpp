// SPDX-License-Identifier: Apache-2.0
// PEP 3118 buffers and __array_interface__, in and out, without a copy.
#include "arguments.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace trivet::python {
namespace {

struct Format {
    DType dtype;
    std::string_view text;
};
// What is exported; bfloat16 has no PEP 3118 format. NumPy's complex formats are Zf and Zd.
constexpr Format kFormats[] = {
    {DType::bool_, "?"},      {DType::int8, "b"},        {DType::int16, "h"},
    {DType::int32, "i"},      {DType::int64, "q"},       {DType::uint8, "B"},
    {DType::uint16, "H"},     {DType::uint32, "I"},      {DType::uint64, "Q"},
    {DType::float16, "e"},    {DType::float32, "f"},     {DType::float64, "d"},
    {DType::complex64, "Zf"}, {DType::complex128, "Zd"},
};

std::optional<DType> integer_of(bool is_signed, Py_ssize_t bytes) {
    switch (bytes) {
    case 1:
        return is_signed ? DType::int8 : DType::uint8;
    case 2:
        return is_signed ? DType::int16 : DType::uint16;
    case 4:
        return is_signed ? DType::int32 : DType::uint32;
    case 8:
        return is_signed ? DType::int64 : DType::uint64;
    default:
        return std::nullopt;
    }
}

struct Element {
    std::optional<DType> dtype;
    bool swapped = false; // the other byte order
};

// The width of an integer letter depends on the order mark ("l" is 4 or 8): itemsize decides.
Element parse_format(std::string_view format, Py_ssize_t itemsize) {
    Element element;
    if (!format.empty() && std::string_view("@=<>!|").find(format[0]) != std::string_view::npos) {
        element.swapped = (format[0] == '>' || format[0] == '!') && itemsize > 1;
        format.remove_prefix(1);
    }
    const auto* known = std::ranges::find(kFormats, format, &Format::text);
    if (known != std::end(kFormats) && !is_integer(known->dtype)) {
        element.dtype = known->dtype;
    } else if (format.size() == 1 && std::string_view("bhilqn").find(format) != format.npos) {
        element.dtype = integer_of(true, itemsize);
    } else if (format.size() == 1 && std::string_view("BHILQNc").find(format) != format.npos) {
        element.dtype = integer_of(false, itemsize);
    }
    if (element.dtype && static_cast<Py_ssize_t>(item_size(*element.dtype)) != itemsize) {
        element.dtype = std::nullopt;
    }
    return element;
}

struct BufferRelease {
    void operator()(Py_buffer* view) const noexcept {
        if (nb::is_alive()) {
            const nb::gil_scoped_acquire lock;
            PyBuffer_Release(view);
            delete view;
        }
    }
};
using BufferHandle = std::unique_ptr<Py_buffer, BufferRelease>;

bool misaligned(const void* data, const Dims& shape, const Dims& strides, DType dtype) {
    const auto bytes =
        static_cast<std::int64_t>(item_size(is_complex(dtype) ? real_type(dtype) : dtype));
    if (reinterpret_cast<std::uintptr_t>(data) % static_cast<std::uintptr_t>(bytes) != 0) {
        return true;
    }
    for (int i = 0; i < shape.size(); ++i) {
        if (shape[i] > 1 && strides[i] % bytes != 0) {
            return true;
        }
    }
    return false;
}

// A fresh copy of memory that kernels cannot read: the other byte order, or not aligned.
Array copy_odd(const std::byte* data, const Dims& shape, const Dims& strides, DType dtype,
               bool swapped) {
    const Array fresh = Array::empty(shape, dtype);
    const std::size_t bytes = item_size(dtype);
    const std::size_t unit = is_complex(dtype) ? bytes / 2 : bytes;
    std::byte* out = fresh.data();
    Dims index(shape.size(), 0);
    for (std::int64_t n = fresh.size(); n > 0; --n) {
        std::int64_t offset = 0;
        for (int i = 0; i < shape.size(); ++i) {
            offset += index[i] * strides[i];
        }
        std::memcpy(out, data + offset, bytes);
        for (std::size_t at = 0; swapped && at < bytes; at += unit) {
            std::reverse(out + at, out + at + unit);
        }
        out += bytes;
        for (int i = shape.size() - 1; i >= 0 && ++index[i] == shape[i]; --i) {
            index[i] = 0;
        }
    }
    return fresh;
}

Array import_memory(void* data, const Element& element, Dims shape, Dims strides, bool read_only,
                    std::optional<bool> copy, std::function<void()> release) {
    const bool odd = misaligned(data, shape, strides, *element.dtype);
    if (!element.swapped && !odd) {
        return borrow(data, *element.dtype, std::move(shape), std::move(strides), read_only,
                      std::move(release));
    }
    if (copy == false) {
        raise(ErrorKind::value, "asarray", "copy=False needs aligned memory in native byte order",
              odd ? "memory that is not aligned" : "the other byte order");
    }
    Array fresh = copy_odd(static_cast<const std::byte*>(data), shape, strides, *element.dtype,
                           element.swapped);
    release();
    return fresh;
}

Dims c_strides(const Dims& shape, std::int64_t itemsize) {
    Dims strides(shape.size(), itemsize);
    for (int i = shape.size() - 2; i >= 0; --i) {
        strides[i] = strides[i + 1] * shape[i + 1];
    }
    return strides;
}

// numpy arrays of ml_dtypes.bfloat16: no buffer; the typestr says V2 and the dtype its name.
Element parse_typestr(nb::handle object, std::string_view typestr) {
    const nb::object dtype = nb::getattr(object, "dtype", nb::none());
    const nb::object name = nb::getattr(dtype, "name", nb::none());
    if (PyUnicode_Check(name.ptr()) &&
        PyUnicode_CompareWithASCIIString(name.ptr(), "bfloat16") == 0) {
        return {DType::bfloat16, false};
    }
    Element element;
    if (typestr.size() >= 3) {
        element.swapped = typestr[0] == '>' && typestr.substr(2) != "1";
        element.dtype = find_dtype(nb::str(typestr.data() + 1, typestr.size() - 1));
    }
    return element;
}

[[noreturn]] void refuse_type(nb::handle object, std::string_view format) {
    const nb::object dtype = nb::getattr(object, "dtype", nb::none());
    raise(ErrorKind::type, "asarray", "elements must be booleans, integers, floats or complex",
          dtype.is_none() ? "buffer format '" + std::string(format) + "'"
                          : "dtype " + std::string(nb::str(dtype).c_str()));
}

} // namespace

std::string_view buffer_format(DType dtype) noexcept {
    const auto* format = std::ranges::find(kFormats, dtype, &Format::dtype);
    return format == std::end(kFormats) ? std::string_view{} : format->text;
}

void release_owner(PyObject* owner) noexcept {
    if (nb::is_alive()) {
        const nb::gil_scoped_acquire lock;
        Py_DECREF(owner);
    }
}

Array borrow(void* data, DType dtype, Dims shape, Dims strides, bool read_only,
             std::function<void()> release) {
    // Storage starts at the lowest address that an element has.
    std::int64_t low = 0;
    std::int64_t high = static_cast<std::int64_t>(item_size(dtype));
    for (int i = 0; i < shape.size(); ++i) {
        if (shape[i] == 0) {
            low = 0;
            high = 0;
            break;
        }
        const std::int64_t reach = (shape[i] - 1) * strides[i];
        (reach < 0 ? low : high) += reach;
    }
    StorageRef storage =
        StorageRef::borrow(static_cast<std::byte*>(data) + low,
                           static_cast<std::size_t>(high - low), read_only, std::move(release));
    return {std::move(storage), dtype, std::move(shape), std::move(strides), -low};
}

std::optional<Array> from_buffer(nb::handle object, std::optional<bool> copy) {
    auto raw = std::make_unique<Py_buffer>();
    if (PyObject_GetBuffer(object.ptr(), raw.get(), PyBUF_RECORDS_RO) != 0) {
        PyErr_Clear(); // the exporter has another protocol, or none
        return std::nullopt;
    }
    BufferHandle view(raw.release());
    const std::string_view format = view->format == nullptr ? "B" : view->format;
    const Element element = parse_format(format, view->itemsize);
    if (!element.dtype) {
        refuse_type(object, format);
    }
    Dims shape;
    Dims strides;
    for (int i = 0; i < view->ndim; ++i) {
        shape.push_back(view->shape[i]);
        strides.push_back(view->strides[i]);
    }
    void* data = view->buf;
    const bool read_only = view->readonly != 0;
    return import_memory(data, element, std::move(shape), std::move(strides), read_only, copy,
                         [held = view.release()] { BufferRelease{}(held); });
}

std::optional<Array> from_array_interface(nb::handle object, std::optional<bool> copy) {
    const auto table = nb::cast<nb::dict>(object.attr("__array_interface__"));
    const nb::object typestr = table["typestr"];
    const Element element = parse_typestr(object, nb::cast<nb::str>(typestr).c_str());
    if (!element.dtype || table.contains("mask")) {
        refuse_type(object, nb::cast<nb::str>(typestr).c_str());
    }
    const Dims shape = to_dims(table["shape"], "__array_interface__");
    const auto itemsize = static_cast<std::int64_t>(item_size(*element.dtype));
    const bool strided = table.contains("strides") && !nb::object(table["strides"]).is_none();
    const Dims strides =
        strided ? to_dims(table["strides"], "__array_interface__") : c_strides(shape, itemsize);
    if (!table.contains("data") || !PyTuple_Check(nb::object(table["data"]).ptr())) {
        raise(ErrorKind::value, "asarray", "__array_interface__ must hold an address in `data`",
              nb::type_name(object.type()).c_str());
    }
    const nb::object data = table["data"];
    void* address = PyLong_AsVoidPtr(nb::object(data[0]).ptr());
    if (PyErr_Occurred() != nullptr) {
        raise_python();
    }
    const bool read_only = nb::cast<bool>(data[1]);
    // The owner is the object itself.
    return import_memory(address, element, shape, strides, read_only, copy,
                         [owner = object.inc_ref().ptr()] { release_owner(owner); });
}

int buffer_get(PyObject* self, Py_buffer* view, int flags) noexcept {
    static_assert(sizeof(std::int64_t) == sizeof(Py_ssize_t));
    const Array& array = array_of(self);
    const std::string_view format = buffer_format(array.dtype());
    const char* problem = nullptr;
    const bool strides_wanted = (flags & PyBUF_STRIDES) == PyBUF_STRIDES;
    if (format.empty()) {
        problem = "[buffer] must be of a dtype that PEP 3118 knows; got bfloat16";
    } else if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE && array.read_only()) {
        problem = "[buffer] a writable buffer needs a writable array; got a read-only one";
    } else if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS && !array.is_c_contiguous()) {
        problem = "[buffer] must be C-contiguous for this consumer; got other strides";
    } else if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && !array.is_f_contiguous()) {
        problem = "[buffer] must be Fortran-contiguous for this consumer; got other strides";
    } else if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !array.is_c_contiguous() &&
               !array.is_f_contiguous()) {
        problem = "[buffer] must be contiguous for this consumer; got other strides";
    } else if (!strides_wanted && !array.is_c_contiguous()) {
        problem = "[buffer] must be C-contiguous for a consumer without strides; got other strides";
    }
    if (problem != nullptr) {
        PyErr_SetString(PyExc_BufferError, problem);
        view->obj = nullptr;
        return -1;
    }
    // An Array never changes its shape, so the view points into it; the exporter is kept alive.
    const auto sizes = [](const Dims& dims) {
        return reinterpret_cast<Py_ssize_t*>(const_cast<std::int64_t*>(dims.data()));
    };
    *view = Py_buffer{};
    view->obj = Py_NewRef(self);
    view->buf = array.data();
    view->len = array.nbytes();
    view->itemsize = static_cast<Py_ssize_t>(item_size(array.dtype()));
    view->readonly = array.read_only() ? 1 : 0;
    view->ndim = array.ndim();
    view->format = (flags & PyBUF_FORMAT) != 0 ? const_cast<char*>(format.data()) : nullptr;
    view->shape = (flags & PyBUF_ND) != 0 ? sizes(array.shape()) : nullptr;
    view->strides = strides_wanted ? sizes(array.strides()) : nullptr;
    return 0;
}

} // namespace trivet::python
