# linnet's own engine: an open network that needs no onnxruntime.
from native cimport (
    exact_graph, exact_recognise, kernel, kernel_at, kernel_runs, native_done, native_model, native_pack, native_problem, native_run,
    native_size, native_step, native_work_size, native_words, onnx_file, onnx_metadata, onnx_read, onnx_value, proto_bytes,
    NATIVE_NOT_EXACT,
)


cdef extern from "mapping.h" nogil:
    void mapping_forget(const void *start, size_t bytes) noexcept


def native_kernels():
    """Names of the versions of its inner loops that this processor runs, the fastest first. All give the same bits."""
    names, index = [], 0
    while kernel_at(index) != NULL:
        if kernel_runs(kernel_at(index)):
            names.append(kernel_at(index).name.decode())
        index += 1
    return names


def forget_mapped(data):
    """What was read of a file that is mapped into memory need not stay there. Only for such data."""
    cdef Py_buffer view
    PyObject_GetBuffer(data, &view, 0)
    mapping_forget(view.buf, <size_t>view.len)
    PyBuffer_Release(&view)


cdef bytes _bytes_of(proto_bytes text):
    return PyBytes_FromStringAndSize(<const char *>text.at, text.end - text.at)


cdef void *_aligned(void *memory) noexcept nogil:
    """In memory of _ALIGNMENT bytes more than is needed."""
    return <char *>memory + (_ALIGNMENT - <size_t>memory % _ALIGNMENT)


cdef dict _values(const onnx_value *values, int count):
    cdef int i
    found = {}
    for i in range(count):
        shape = tuple([values[i].shape[k] for k in range(values[i].rank)])
        found[_bytes_of(values[i].name).decode(errors="replace")] = _TYPES.get(values[i].type), shape
    return found


cdef class Native(Network):
    """An open network of linnet's own engine, which plays exact graphs alone, with the same bits as onnxruntime.

    kernel: one of `native_kernels()`, for tests; the fastest unless given. mapped: whether the data are a file's, mapped into
    memory, so that what is packed of them need not stay there. ModelError when the bytes are no model, ValueError
    for one of another graph, with what is other.
    """

    cdef native_model _model
    cdef void *_packed
    cdef dict _metadata, _inputs, _outputs
    cdef list _sources, _targets  # names of the states, in the order of the graph
    cdef readonly str kernel

    def __cinit__(self, data, *, kernel=None, bint mapped=False):
        cdef native_problem problem
        cdef exact_graph graph
        cdef Py_buffer view
        cdef int code = 0, i
        cdef native_done *done = NULL
        cdef onnx_file *file = <onnx_file *>_memory(sizeof(onnx_file))
        try:
            self._model.kernel = _kernel(kernel)
            PyObject_GetBuffer(data, &view, 0)
            try:
                with nogil:
                    code = onnx_read(file, <const uint8_t *>view.buf, view.len, &problem)
                    if not code:
                        code = exact_recognise(&graph, file, &problem)
                if code == NATIVE_NOT_EXACT:
                    raise ValueError(_text(problem.text))
                if code:
                    raise _model_error(problem.text)
                self._packed = _memory(native_size(&graph, self._model.kernel) + _ALIGNMENT)
                if mapped:
                    done = mapping_forget
                with nogil:
                    native_pack(&self._model, &graph, self._model.kernel, _aligned(self._packed), done)
                self._metadata = {
                    _bytes_of(file.metadata[i].key).decode(errors="replace"):
                    _bytes_of(file.metadata[i].value).decode(errors="replace") for i in range(file.metadata_count)}
                self._inputs = _values(file.inputs, file.input_count)
                self._outputs = _values(file.outputs, file.output_count)
                self._sources = [_bytes_of(graph.state_in[i]).decode() for i in range(2 * graph.layers)]
                self._targets = [_bytes_of(graph.state_out[i]).decode() for i in range(2 * graph.layers)]
            finally:
                PyBuffer_Release(&view)
        finally:
            PyMem_Free(file)
        self.kernel = self._model.kernel.name.decode()

    def __dealloc__(self):
        PyMem_Free(self._packed)

    def metadata(self):
        """The custom metadata of the model file: a text for each key."""
        return dict(self._metadata)

    def forget_metadata(self):
        """Its metadata will not be asked for again: they are up to a megabyte."""
        self._metadata = {}

    def inputs(self):
        """(type, shape) of each input by name; -1 where any size will do."""
        return dict(self._inputs)

    def outputs(self):
        """(type, shape) of each output by name."""
        return dict(self._outputs)

    cdef int _place(self, list names, name) except -1:
        """Of a state among those of the graph."""
        if name not in names:
            raise _error_of_model(f"the network has no state {name}")
        return names.index(name)

    cdef int _fits(self, int place, const ort_array *row) except -1:
        """Whether a row is one of this state."""
        cdef int type = ORT_FLOAT if place % 2 else ORT_UINT8
        if row.type != type or row.bytes != <size_t>self._model.units * (4 if place % 2 else 1):
            raise _error_of_model("a state is of another shape or type than the network's")
        return 0

    cdef int _connect(self, Loop of) except -1:
        cdef loop *to = &of._loop
        cdef native_step *step
        cdef _State state
        cdef int side, source, target
        cdef size_t k
        if (to.width != self._model.width or to.outputs != self._model.outputs or
                to.latent != <size_t>self._model.latent or len(of._specs) != len(self._sources)):
            raise _error_of_model("the network reads or gives tensors of other shapes")
        if to.work == NULL:
            to.work = _memory(native_work_size(&self._model, of._room) + _ALIGNMENT)
        to.native, to.own_work = &self._model, _aligned(to.work)
        for side in range(2):
            step = &to.own[side]
            memset(step, 0, sizeof(native_step))
            step.rows, step.features, step.latents, step.logits = (
                to.count * of._share, to.features, to.latents, to.logits)
            for k in range(<size_t>len(of._specs)):
                state = of._specs[k]
                source, target = self._place(self._sources, state.source.decode()), self._place(
                    self._targets, state.target.decode())
                self._fits(source, &state._array)
                self._fits(target, &state._array)
                step.state[source], step.next[target] = of._row(side, k, 0), of._row(1 - side, k, 0)
            for k in range(<size_t>len(of._specs)):
                if step.state[k] == NULL or step.next[k] == NULL:
                    raise _error_of_model("a state is named twice")
        return 0

    cdef void _disconnect(self, loop *of) noexcept:
        PyMem_Free(of.work)
        of.work = NULL

    cdef _Array _tensor(self, arrays, name, bint writable, int type, int64_t rows, int64_t columns):
        """An array that is given by name, checked; any number of rows where `rows` is -1."""
        cdef _Array array
        if name not in arrays:
            raise _error_of_model(f"{name} is missing")
        array = _Array(arrays[name], writable)
        array._tensor()
        if (array._array.type != type or array._array.rank != 2 or array._array.shape[1] != columns or
                (array._array.shape[0] != rows if rows >= 0 else not 0 < array._array.shape[0] < 1 << 20)):
            raise _error_of_model(f"{name} is of another shape or type than the network's")
        return array

    def run(self, inputs, outputs):
        """One run of the network, from arrays and into arrays, both by name."""
        cdef native_step step
        cdef _Array array
        cdef int code, place, type
        cdef void *work
        cdef int64_t rows
        memset(&step, 0, sizeof(step))
        if set(inputs) != set(self._inputs) or set(outputs) != set(self._outputs):
            raise _error_of_model("the network has other inputs or outputs")
        features, *_ = self._inputs
        array = self._tensor(inputs, features, False, ORT_INT64, -1, self._model.width)
        rows = step.rows = array._array.shape[0]
        step.features = <const int64_t *>array._array.data
        lent = [array]
        for name in inputs:
            if name in self._sources:
                place = self._place(self._sources, name)
                array = self._tensor(inputs, name, False, ORT_FLOAT if place % 2 else ORT_UINT8, rows, self._model.units)
                step.state[place] = array._array.data
            elif name != features:
                array = self._tensor(inputs, name, False, ORT_FLOAT, rows, self._model.latent)
                step.latents = <const float *>array._array.data
            lent.append(array)
        for name in outputs:
            if name in self._targets:
                place = self._place(self._targets, name)
                array = self._tensor(outputs, name, True, ORT_FLOAT if place % 2 else ORT_UINT8, rows, self._model.units)
                step.next[place] = array._array.data
            else:
                array = self._tensor(outputs, name, True, ORT_FLOAT, rows, self._model.outputs)
                step.logits = <float *>array._array.data
            lent.append(array)
        work = _memory(native_work_size(&self._model, rows) + _ALIGNMENT)
        with nogil:
            code = native_run(&self._model, &step, _aligned(work))
        PyMem_Free(work)
        if code:
            raise _model_error(native_words(code))


cdef const kernel *_kernel(name) except NULL:
    """Of this name; the fastest for None."""
    cdef int index = 0
    names = native_kernels()
    if name is not None and name not in names:
        raise ValueError(f"kernel must be one of {', '.join(names)}, got {name}")
    wanted = names[0] if name is None else name
    while kernel_at(index).name.decode() != wanted:
        index += 1
    return kernel_at(index)
